//! The real binary under load, killed with SIGKILL and restarted while its clients go on.
//!
//! ```text
//!  50 clients ──► likewise serve ──► databases
//!                     ▲
//!       kill -9 and restart, five times
//! ```
//!
//! At the end, every acknowledged like is stored, each count equals the number of records, and no saga is open. The
//! tests assert no durations; every wait has a bound.

#[path = "../common/mod.rs"]
mod common;

mod audit;
mod clients;
mod connections;
mod coordinators;
mod process;
mod retention;
mod services;
mod silent_database;

use std::{sync::Arc, time::Duration};

use clients::Workload;
use common::{Databases, Engine, client::Client, databases::env};
use likewise_saga::bound::{Bound, within};
use process::{Process, free_address};

/// The number of kills.
const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn all_in_one_on_sqlite_survives_kill_9() {
    all_in_one(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn all_in_one_on_postgres_survives_kill_9() {
    all_in_one(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn three_services_on_postgres_survive_kill_9_of_any() {
    three_services(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_services_on_sqlite_survive_kill_9_of_any() {
    three_services(Engine::Sqlite).await;
}

/// One kill ends all three services at once, also in the middle of a batch that never left the process.
async fn all_in_one(engine: Engine) {
    let databases = Databases::create_separate(engine).await;
    let address = free_address().await;
    let listen = address.to_string();
    let [article, user, coordinator] = databases.urls();
    let mut arguments = vec!["serve", "--listen", &listen];
    arguments.extend(["--article-db", article, "--user-db", user]);
    arguments.extend(["--coordinator-db", coordinator]);
    let process = Process::start("likewise", &arguments).await;
    let client = Client::new(address);
    let services = audit::Services {
        articles: &client,
        users: &client,
        likes: &client,
    };
    run(&services, vec![process]).await;
    databases.delete().await;
}

/// Only one side of each conversation dies, so every request may be interrupted at either end.
async fn three_services(engine: Engine) {
    let databases = Databases::create_separate(engine).await;
    let [article_db, user_db, coordinator_db] = databases.urls();
    let (article, user, coordinator) = (
        free_address().await,
        free_address().await,
        free_address().await,
    );
    let [article_url, user_url] = [article, user].map(|address| format!("http://{address}"));
    let start = async |name, options: String| {
        let arguments = format!("serve {name} {options}");
        Process::start(name, &arguments.split(' ').collect::<Vec<_>>()).await
    };
    let processes = vec![
        start(
            "article",
            format!("--listen {article} --article-db {article_db}"),
        )
        .await,
        start("user", format!("--listen {user} --user-db {user_db}")).await,
        start(
            "coordinator",
            format!(
                "--listen {coordinator} --coordinator-db {coordinator_db} \
                 --article-url {article_url} --user-url {user_url}"
            ),
        )
        .await,
    ];
    let (articles, users, likes) = (
        Client::new(article),
        Client::new(user),
        Client::new(coordinator),
    );
    let services = audit::Services {
        articles: &articles,
        users: &users,
        likes: &likes,
    };
    run(&services, processes).await;
    databases.delete().await;
}

/// Runs the clients while the processes are killed, then audits the result.
///
/// Kills are spread over the acknowledged likes and not over time, so the test means the same on a slow machine.
async fn run(services: &audit::Services<'_>, mut processes: Vec<Process>) {
    let workload = Workload::create(services.articles).await;
    let clients = tokio::spawn(Arc::clone(&workload).run(vec![services.likes.clone()]));
    let first = usize::try_from(env().random() % 1_000).expect("a number");
    for kill in 1..=KILLS {
        workload
            .wait_for_acknowledged(kill * clients::LIKES / (KILLS + 1))
            .await;
        // Kills each process at least once, beginning with a random one.
        let victim = (first + kill) % processes.len();
        processes[victim].kill_and_restart().await;
    }
    let done = within(Bound::new("the clients", Duration::from_secs(240)), clients).await;
    done.expect("the clients end").expect("no client fails");
    assert!(
        workload.interruptions() > 0,
        "no request was interrupted by a kill"
    );
    assert!(
        processes.iter().any(Process::recovered_sagas),
        "no saga was open at a kill"
    );
    audit::audit(services, &workload).await;
}
