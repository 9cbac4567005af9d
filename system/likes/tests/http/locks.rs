//! Rows and tables that somebody else has locked, for example an operator in `psql`.
//!
//! Only on PostgreSQL: on SQLite a write locks the whole file, and nothing can lock a row.

use std::{sync::Arc, time::Duration};

use likewise::service::Parts;
use likewise_saga::{
    bound::{Bound, within},
    store::{DatabaseUrl, PoolConfig},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    common::{Databases, Engine, client::Reply},
    server::{TestServer, assert_pending, assert_problem},
};

/// As in production.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The number of concurrent likes of an article.
const USERS: i64 = 20;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r24_a_locked_article_delays_only_its_own_likes() {
    let databases = Databases::create(Engine::Postgres).await;
    let server = Arc::new(start(&databases).await);
    let locked = server.client.article("Locked").await;
    let free = server.client.article("Free").await;
    let lock = format!("SELECT id FROM articles WHERE id = {locked} FOR UPDATE");
    let lock = Lock::take(&databases.article, &lock).await;
    let mut waiting = like(&server, locked);
    // Those of the free article share their batches with those of the locked one.
    let mut others = like(&server, free);
    while let Some(liked) = others.join_next().await {
        let liked = liked.unwrap();
        assert_eq!(liked.status, 200, "{liked:?}");
    }
    assert_eq!(
        waiting.try_join_next().map(Result::unwrap).map(|_| ()),
        None
    );
    lock.release().await;
    while let Some(liked) = waiting.join_next().await {
        let liked = liked.unwrap();
        // A saga past its deadline is undone.
        assert!([200, 500].contains(&liked.status.as_u16()), "{liked:?}");
    }
    assert_eq!(server.client.likes(free).await, USERS);
    drop(server);
    databases.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r25_a_locked_table_ends_reads_likes_and_readiness_within_their_bounds() {
    let databases = Databases::create(Engine::Postgres).await;
    let server = start(&databases).await;
    let article = server.client.article("An article").await;
    assert_eq!(server.client.like(article, 1).await.status, 200);
    let lock = Lock::take(&databases.article, "LOCK TABLE articles").await;
    let path = format!("/v1/articles/{article}");
    let read = within_the_bound(server.client.get(&path).send()).await;
    assert_problem(&read, 503, "unavailable");
    let ready = within_the_bound(server.client.get("/readyz").send()).await;
    assert_eq!(ready.status, 503);
    let reason = ready.body["reason"].as_str().expect("a reason");
    assert!(reason.contains("lock timeout"), "{reason}");
    let liked = within_the_bound(server.client.like(article, 2)).await;
    assert_pending(&liked);
    lock.release().await;
    server
        .wait_until("/readyz", |body| body["status"] == "ready")
        .await;
    assert_eq!(server.client.like(article, 3).await.status, 200);
    drop(server);
    databases.delete().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r24_a_keyed_like_on_a_locked_saga_log_ends_within_its_bound() {
    let databases = Databases::create(Engine::Postgres).await;
    let server = start(&databases).await;
    let article = server.client.article("An article").await;
    let path = format!("/articles/{article}/like");
    let like = || server.client.post(&path).user(1).key("k").send();
    let lock = Lock::take(&databases.coordinator, "LOCK TABLE sagas").await;
    let refused = within_the_bound(like()).await;
    assert_problem(&refused, 503, "unavailable");
    assert_eq!(server.client.get("/readyz").send().await.status, 503);
    lock.release().await;
    assert_eq!(like().await.status, 200);
    drop(server);
    databases.delete().await;
}

/// The client of a saga is answered before its end is logged. Until the lock is released only that end waits.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r24_a_locked_saga_delays_only_its_own_status() {
    let databases = Databases::create(Engine::Postgres).await;
    let server = Arc::new(start(&databases).await);
    let article = server.client.article("An article").await;
    let free = server.client.article("Free").await;
    // The saga stays open until its row is locked.
    let open = format!("SELECT id FROM articles WHERE id = {article} FOR UPDATE");
    let open = Lock::take(&databases.article, &open).await;
    let client = Arc::clone(&server);
    let liking = tokio::spawn(async move { client.client.like(article, 1_000).await });
    server.wait_for_transactions("?status=pending", 1).await;
    // The saga's end waits for the fate of another row with its key.
    let lock = "INSERT INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked)
        SELECT id, 0, 0, 0, 0, 0, 0, 0 FROM saga_states WHERE status = 0";
    let lock = Lock::take(&databases.coordinator, lock).await;
    open.release().await;
    assert_eq!(liking.await.unwrap().status, 200);

    let locked_until = Instant::now() + Duration::from_secs(4);
    let mut user = 0;
    while Instant::now() < locked_until {
        user += 1;
        let began = Instant::now();
        let liked = server.client.like(free, user).await;
        assert_eq!(liked.status, 200, "user {user}: {liked:?}");
        // One second, and one more because the machine is busy.
        let took = began.elapsed();
        assert!(took < Duration::from_secs(2), "user {user}: {took:?}");
    }
    let pending = server.wait_for_transactions("?status=pending", 1).await;
    assert_eq!(pending[0]["saga_status"], "running", "{pending:#?}");
    assert_eq!(pending[0]["steps"][1]["status"], "done", "{pending:#?}");
    lock.release().await;
    server.wait_for_transactions("?status=pending", 0).await;
    assert_eq!(server.client.likes(free).await, user);
    drop(server);
    databases.delete().await;
}

/// The services with the time limits of production.
async fn start(databases: &Databases) -> TestServer {
    TestServer::start_with(databases, Parts::default(), |config| {
        config.pool = PoolConfig::default();
        config.coordinator.step_timeout = Duration::from_secs(1);
        config.coordinator.saga_deadline = Duration::from_secs(5);
        config.coordinator.answer_timeout = ANSWER_TIMEOUT;
    })
    .await
}

/// Likes of many users at one time.
fn like(server: &Arc<TestServer>, article: i64) -> JoinSet<Reply> {
    let like = |user| {
        let server = Arc::clone(server);
        async move { server.client.like(article, user).await }
    };
    (1..=USERS).map(like).collect()
}

/// A reply that must come within the time limit that the configuration states. A second more, because the machine is busy.
async fn within_the_bound(reply: impl Future<Output = Reply>) -> Reply {
    let bound = Bound::new("the reply", ANSWER_TIMEOUT + Duration::from_secs(1));
    within(bound, reply).await.expect("a reply in time")
}

/// A transaction of somebody else that holds a lock.
struct Lock(PgConnection);

impl Lock {
    async fn take(database: &DatabaseUrl, statement: &str) -> Self {
        let DatabaseUrl::Postgres(server) = database else {
            panic!("not PostgreSQL");
        };
        let connection = PgConnection::connect_with(&server.options).await;
        let mut lock = Self(connection.expect("a connection"));
        lock.run("BEGIN").await;
        lock.run(statement).await;
        lock
    }

    async fn release(mut self) {
        self.run("ROLLBACK").await;
    }

    async fn run(&mut self, statement: &str) {
        let query = sqlx::query(AssertSqlSafe(statement.to_owned()));
        query.execute(&mut self.0).await.expect("it runs");
    }
}
