//! A disk that neither answers nor fails, under a SQLite file. Here a transaction blocks its thread, as a call to such a disk
//! does.

use std::time::Duration;

use futures::FutureExt;
use likewise::{
    article::{ARTICLE_SCHEMA, ArticleStore, CreateError},
    id::ArticleId,
};
use likewise_saga::{
    bound::{Bound, within},
    store::{CommitState, PoolConfig},
    time::Timestamp,
};
use tokio::sync::oneshot;

use crate::common::{Databases, Engine, databases::POOL};

/// The limit of the call is that of SQLite's lock and of a statement: just over five seconds.
const GIVEN_UP: Bound = Bound::new("the transaction", Duration::from_secs(30));
/// The number of attempts after the disk has answered, 10 ms apart.
const ATTEMPTS_MAX: u32 = 500;
const NAMED: &str = "the disk under the database took longer than";

#[tokio::test(flavor = "multi_thread")]
async fn r24_a_silent_disk_is_given_up_and_named_and_reads_go_on() {
    let databases = Databases::create(Engine::Sqlite).await;
    let pool = PoolConfig {
        acquire_timeout: Duration::from_millis(50),
        statement_timeout: Duration::from_millis(50),
        ..POOL
    };
    let database = databases.open_with(ARTICLE_SCHEMA, pool).await;
    let (answer, answered) = oneshot::channel::<()>();
    let silent = database.write("silent", move |_| {
        async move {
            answered.blocking_recv().unwrap();
            Ok(())
        }
        .boxed()
    });
    let given_up = within(GIVEN_UP, silent).await.expect("it has a limit");
    let error = given_up.expect_err("nobody confirmed it");
    assert_eq!(error.commit_state(), CommitState::Unknown);
    assert!(error.to_string().contains(NAMED), "{error}");

    let store = ArticleStore::new(database.clone());
    let create = || store.create("One".to_owned(), None, Timestamp(0));
    assert_eq!(store.find(ArticleId(1)).await.expect("a read"), None);
    let not_ready = database.ping().await.expect_err("no write is possible");
    assert!(not_ready.to_string().contains(NAMED), "{not_ready}");
    match create().await.expect_err("no write is possible") {
        CreateError::Store(error) => {
            assert_eq!(error.commit_state(), CommitState::Absent);
            assert!(error.to_string().contains(NAMED), "{error}");
        }
        other => panic!("{other}"),
    }

    answer.send(()).unwrap();
    for attempt in 0.. {
        match create().await {
            Ok(_) => break,
            Err(error) => assert!(attempt < ATTEMPTS_MAX, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    database.ping().await.expect("ready again");
}
