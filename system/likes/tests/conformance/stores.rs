//! The stores: idempotent creation, lists, failed and cancelled writes, and an exhausted pool.

use std::time::Duration;

use futures::FutureExt;
use likewise::{
    article::{ARTICLE_SCHEMA, ArticleStore, CreateError, RequestKey},
    id::{ArticleId, UserId},
    user::{USER_SCHEMA, UserStore},
};
use likewise_saga::{
    bound::{Bound, within},
    store::{CommitState, Page, PoolConfig, PostgresStatement, Sql, StoreError},
    time::Timestamp,
};
use tokio::sync::oneshot;

use crate::common::{Databases, Engine, databases::POOL, on_both_engines};

on_both_engines! {
    r21_an_article_is_created_once_per_key
    r21_concurrent_requests_under_one_key_create_one_article
    a_title_is_stored_unchanged
    blocking_and_unblocking_are_idempotent
    r12_an_exhausted_pool_is_a_retryable_error
    a_failed_write_is_rolled_back
    a_write_cancelled_at_any_point_leaves_the_database_usable
    a_failed_single_statement_is_in_doubt_unless_the_server_refused_it
}

const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

fn key(key: &str) -> Option<RequestKey> {
    Some(RequestKey {
        caller: None,
        key: key.to_owned(),
    })
}

async fn r21_an_article_is_created_once_per_key(databases: &Databases) {
    let store = ArticleStore::new(databases.open(ARTICLE_SCHEMA).await);
    let create = |title: &str, key| store.create(title.to_owned(), key, NOW);
    let first = create("One", key("k")).await.unwrap();
    assert!(!first.is_replay);
    let again = create("One", key("k")).await.unwrap();
    assert!(again.is_replay);
    assert_eq!(again.article, first.article);
    let reused = create("Two", key("k")).await.unwrap_err();
    assert!(matches!(reused, CreateError::KeyReused), "{reused}");
    assert_ne!(
        create("One", None).await.unwrap().article.id,
        first.article.id
    );
    assert_eq!(store.find(ArticleId(3)).await.unwrap(), None);
}

/// The key's row is inserted first, so the others wait for it at the database.
async fn r21_concurrent_requests_under_one_key_create_one_article(databases: &Databases) {
    let store = ArticleStore::new(databases.open(ARTICLE_SCHEMA).await);
    let create = || store.create("One".to_owned(), key("k"), NOW);
    let created = futures::future::join_all((0..12).map(|_| create())).await;
    let ids: Vec<_> = created
        .into_iter()
        .map(|one| one.unwrap().article.id)
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

/// Quotes, a semicolon and characters outside of the basic plane: nothing may be escaped twice or cut.
async fn a_title_is_stored_unchanged(databases: &Databases) {
    let store = ArticleStore::new(databases.open(ARTICLE_SCHEMA).await);
    for title in [
        "ü".repeat(255),
        "'; DROP TABLE articles; --".to_owned(),
        "\u{1F600} \"x\" \\".to_owned(),
    ] {
        let created = store.create(title.clone(), None, NOW).await.unwrap();
        let found = store.find(created.article.id).await.unwrap().unwrap();
        assert_eq!((found.title, found.likes), (title, 0));
    }
    assert!(
        store.create("x".repeat(256), None, NOW).await.is_err(),
        "the schema has the limit, too"
    );
}

async fn blocking_and_unblocking_are_idempotent(databases: &Databases) {
    let store = UserStore::new(databases.open(USER_SCHEMA).await);
    for _ in 0..2 {
        store.block(UserId(1), None, NOW).await.unwrap();
    }
    for _ in 0..2 {
        store.unblock(UserId(1), None).await.unwrap();
    }
    let page = Page {
        after: None,
        limit: 5,
    };
    assert_eq!(store.list(UserId(1), page).await.unwrap(), []);
}

/// Makes the session refuse every later transaction that writes, as the server does after a failover.
static READ_ONLY: Sql = Sql {
    name: "read-only",
    sqlite: "",
    postgres: "SELECT set_config('default_transaction_read_only', 'on', false)",
};
static WRITE: Sql = Sql {
    name: "write",
    sqlite: "",
    postgres: "DELETE FROM articles WHERE id = -1",
};

/// Only on PostgreSQL: a file has no failover.
#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r12_a_connection_that_only_reads_is_thrown_away() {
    let databases = Databases::create(Engine::Postgres).await;
    let pool = PoolConfig {
        connections_max: 1,
        ..POOL
    };
    let database = databases.open_with(ARTICLE_SCHEMA, pool).await;
    let write = || database.write("write", |tx| tx.execute(&WRITE, []).boxed());
    write().await.unwrap();
    database.query("read-only", &READ_ONLY, []).await.unwrap();
    let refused = write().await.unwrap_err();
    assert!(refused.to_string().contains("read-only"), "{refused}");
    assert_eq!(refused.commit_state(), CommitState::Absent);
    write().await.expect("a new connection may write");
    drop(database);
    databases.delete().await;
}

/// Only on PostgreSQL: a connection to a file cannot be ended by somebody else.
#[tokio::test]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r12_a_dead_connection_is_thrown_away() {
    let databases = Databases::create(Engine::Postgres).await;
    let pool = PoolConfig {
        connections_max: 1,
        ..POOL
    };
    let database = databases.open_with(ARTICLE_SCHEMA, pool).await;
    let write = || database.write("write", |tx| tx.execute(&WRITE, []).boxed());
    write().await.unwrap();
    assert!(database.query("end", &END, []).await.is_err());
    write().await.expect("a new connection lives");
    drop(database);
    databases.delete().await;
}

static END: Sql = Sql {
    name: "end",
    sqlite: "",
    postgres: "SELECT pg_terminate_backend(pg_backend_pid())",
};

async fn r12_an_exhausted_pool_is_a_retryable_error(databases: &Databases) {
    let pool = PoolConfig {
        connections_max: 1,
        // Long enough for the first transaction to begin on a busy machine, and shorter than the server lets it idle.
        acquire_timeout: Duration::from_millis(500),
        ..POOL
    };
    let database = databases.open_with(ARTICLE_SCHEMA, pool).await;
    let (entered, is_entered) = oneshot::channel();
    let (leave, left) = oneshot::channel::<()>();
    // A transaction on SQLite blocks its thread and must not await anything.
    let blocks = !database.supports_single_statement();
    let holder = database.write("hold", move |_| {
        async move {
            entered.send(()).unwrap();
            match blocks {
                true => left.blocking_recv().unwrap(),
                false => left.await.unwrap(),
            }
            Ok(())
        }
        .boxed()
    });
    let store = ArticleStore::new(database.clone());
    let other = async {
        is_entered.await.unwrap();
        let refused = store.create("One".to_owned(), None, NOW).await;
        leave.send(()).unwrap();
        refused
    };
    let both = Box::pin(async { tokio::join!(holder, other) });
    let ended = within(Bound::new("both batches", Duration::from_secs(30)), both).await;
    let (held, refused) = ended.expect("both end in time");
    held.unwrap();
    match refused.unwrap_err() {
        CreateError::Store(error @ StoreError::Exhausted) => {
            assert_eq!(error.commit_state(), CommitState::Absent)
        }
        other => panic!("{other}"),
    }
    store
        .create("One".to_owned(), None, NOW)
        .await
        .expect("a connection is free again");
}

/// The connection goes back to the pool afterwards. An open transaction on it would swallow the next write.
async fn a_failed_write_is_rolled_back(databases: &Databases) {
    let database = databases.open(USER_SCHEMA).await;
    let store = UserStore::new(database.clone());
    let failed = database
        .write("fail", |tx| {
            async move {
                static BLOCK: likewise_saga::store::Sql = likewise_saga::store::Sql {
                    name: "test_block",
                    sqlite: "INSERT INTO blocked_users (user_id, created_at) VALUES (1, 1)",
                    postgres: "INSERT INTO blocked_users (user_id, created_at) VALUES (1, 1)",
                };
                assert_eq!(tx.execute(&BLOCK, []).await?, 1);
                Err::<(), _>(StoreError::Invariant("injected".to_owned()))
            }
            .boxed()
        })
        .await;
    assert_eq!(failed.unwrap_err().commit_state(), CommitState::Absent);
    assert_eq!(blocked(&database).await, 0);
    store.block(UserId(1), None, NOW).await.unwrap();
    assert_eq!(blocked(&database).await, 1);
}

async fn blocked(database: &likewise_saga::store::Database) -> i64 {
    static COUNT: likewise_saga::store::Sql = likewise_saga::store::Sql {
        name: "test_count",
        sqlite: "SELECT count(*) FROM blocked_users",
        postgres: "SELECT count(*) FROM blocked_users",
    };
    let rows = database.query("count", &COUNT, []);
    rows.await.unwrap()[0].int(0).unwrap()
}

/// A client that disconnects cancels the write, possibly between two statements.
async fn a_write_cancelled_at_any_point_leaves_the_database_usable(databases: &Databases) {
    let store = ArticleStore::new(databases.open(ARTICLE_SCHEMA).await);
    for polls in 0..40 {
        let mut write = Box::pin(store.create("Cancelled".to_owned(), None, NOW));
        for _ in 0..polls {
            if futures::poll!(write.as_mut()).is_ready() {
                break;
            }
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
        drop(write);
        let created = store
            .create("Complete".to_owned(), None, NOW)
            .await
            .unwrap();
        assert_eq!(
            store.find(created.article.id).await.unwrap(),
            Some(created.article)
        );
    }
}

/// The statement contains its commit, so an error after it was sent says little. Only a refusal by the server is
/// certain.
async fn a_failed_single_statement_is_in_doubt_unless_the_server_refused_it(databases: &Databases) {
    static REFUSED: PostgresStatement = PostgresStatement {
        name: "test_refused",
        text: "INSERT INTO blocked_users (user_id, created_at) VALUES (1, 1), (1, 2)",
    };
    // The error of a server that is shutting down. It may come after the commit.
    static CUT_OFF: PostgresStatement = PostgresStatement {
        name: "test_cut_off",
        text: "SELECT pg_terminate_backend(pg_backend_pid())",
    };
    let database = databases.open(USER_SCHEMA).await;
    let effect = async |statement| {
        let failed = database.write_single("fail", statement, []).await;
        failed.map(|_| ()).unwrap_err().commit_state()
    };
    assert_eq!(effect(&REFUSED).await, CommitState::Absent);
    let cut_off = match database.supports_single_statement() {
        true => CommitState::Unknown,
        // SQLite has no single statements, so nothing is attempted.
        false => CommitState::Absent,
    };
    for _ in 0..3 {
        assert_eq!(effect(&CUT_OFF).await, cut_off);
        database.ping().await.expect("another connection");
    }
}
