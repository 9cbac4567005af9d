//! Connections that the database server refuses, and connections that are not needed any more.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    common::{Databases, Engine, databases::server},
    services::Services,
};

/// The number of polls, 100 ms apart. Longer than an unused connection stays open.
const POLLS_MAX: u32 = 300;

/// The number of concurrent reads, which need as many connections.
const READS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r12_too_many_clients_is_what_the_log_and_readiness_say() {
    // The limit of a role refuses with the same code as the limit of the server.
    let databases = Databases::create_separate(Engine::Postgres).await;
    let role = databases.urls()[0].rsplit_once('_').expect("a suffix").1;
    let role = format!("few_{role}");
    run(format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 2")).await;
    for url in databases.urls() {
        let (_, database) = url.rsplit_once('/').expect("a URL");
        run(format!("ALTER DATABASE {database} OWNER TO {role}")).await;
    }
    let services = Services::start_on(databases, |url| {
        url.replace("postgres@", &format!("{role}@"))
    })
    .await;
    let unready = services.wait_until_ready(503).await;
    let reason = unready.body["reason"].as_str().expect("a reason");
    assert!(reason.contains("too many connections"), "{reason}");
    let logged = services.process.count_in_log("too many connections");
    assert_eq!(logged, 1, "once, although many requests try it");
    services.delete().await;
    run(format!("DROP ROLE {role}")).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r25_readiness_says_that_the_database_server_is_down() {
    let (services, proxy) = Services::behind_proxy().await;
    services.wait_until_ready(200).await;
    drop(proxy);
    services.wait_until_unready("cannot be reached").await;
    services.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r12_connections_that_nobody_uses_are_given_back() {
    let services = Services::start(str::to_owned).await;
    let path = format!("/v1/articles/{}", services.article);
    let read = || services.client.get(&path).send();
    let mut most = 0;
    for _ in 0..POLLS_MAX {
        futures::future::join_all((0..READS).map(|_| read())).await;
        most = most.max(services.article_connections().await);
        if most > 1 {
            break;
        }
    }
    assert!(most > 1, "the reads shared one connection");
    for _ in 0..POLLS_MAX {
        if services.article_connections().await == 1 {
            return services.delete().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{most} connections were kept");
}

/// Runs a statement on the server.
async fn run(statement: String) {
    let connection = PgConnection::connect(&format!("{}/postgres", server()));
    let mut connection = connection.await.expect("a connection");
    let query = sqlx::query(AssertSqlSafe(statement));
    query.execute(&mut connection).await.expect("it runs");
}
