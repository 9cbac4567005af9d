//! A disk that neither answers nor fails, under a SQLite file. Here a transaction blocks its thread, as a call to such a disk
//! does, or the calls are kept until the disk answers.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::{FutureExt, future::BoxFuture};
use likewise::{
    article::{ARTICLE_SCHEMA, ArticleStore, CreateError},
    id::ArticleId,
};
use likewise_saga::{
    bound::{Bound, within},
    store::{
        CommitState, Database, OpenError, PoolConfig, Sql, StoreError, StoreExecutor, Unit,
        inspect, inspect_current,
    },
    time::Timestamp,
};
use tokio::sync::oneshot;

use crate::common::{Databases, Engine, databases::POOL};

/// The limit of the call is that of SQLite's lock and of a statement: just over five seconds.
const GIVEN_UP: Bound = Bound::new("the transaction", Duration::from_secs(30));
/// The number of attempts after the disk has answered, 10 ms apart.
const ATTEMPTS_MAX: u32 = 500;
const NAMED: &str = "the disk under the database took longer than";
/// Longer than every limit at a start. The clock is paused, so it costs nothing.
const STARTED: Bound = Bound::new("the start", Duration::from_secs(7_200));
/// Limits that a silent disk reaches soon.
const SHORT: PoolConfig = PoolConfig {
    acquire_timeout: Duration::from_millis(50),
    statement_timeout: Duration::from_millis(50),
    ..POOL
};
/// The number of connections that read.
const READERS: usize = 4;

type Call = Box<dyn FnOnce() + Send>;

/// A disk that answers a number of calls. The others are kept, with their connections.
struct Disk {
    answered: AtomicUsize,
    kept: Mutex<Vec<Call>>,
}

impl Disk {
    fn new(answered: usize) -> Arc<Self> {
        Arc::new(Self {
            answered: AtomicUsize::new(answered),
            kept: Mutex::default(),
        })
    }

    fn is_silent_after(&self, answered: usize) {
        self.answered.store(answered, Ordering::Relaxed);
    }

    /// Answers the calls that were kept.
    fn answer(&self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap());
        kept.into_iter().for_each(|call| call());
    }
}

#[async_trait]
impl StoreExecutor for Disk {
    async fn execute(
        &self,
        _: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        work.await
    }

    async fn call_blocking(&self, call: Call) {
        match self.answered.load(Ordering::Relaxed) {
            0 => {
                self.kept.lock().unwrap().push(call);
                std::future::pending().await
            }
            answered => {
                self.is_silent_after(answered - 1);
                call();
            }
        }
    }
}

async fn open(databases: &Databases, disk: &Arc<Disk>) -> Result<Database, OpenError> {
    let disk = Arc::clone(disk) as Arc<dyn StoreExecutor>;
    let opened = Database::open(&databases.article, ARTICLE_SCHEMA, SHORT, disk);
    within(STARTED, opened)
        .await
        .expect("the start has a limit")
}

/// What `serve` does before it opens a database, and what an audit does.
async fn inspect_with(databases: &Databases, disk: &Disk, current: bool) -> Result<(), OpenError> {
    let url = &databases.article;
    let inspected = match current {
        true => inspect_current(url, ARTICLE_SCHEMA, disk).boxed(),
        false => inspect(url, ARTICLE_SCHEMA, disk).boxed(),
    };
    within(STARTED, inspected)
        .await
        .expect("the start has a limit")
}

async fn read(database: &Database) -> Result<(), StoreError> {
    static COUNT: Sql = Sql {
        name: "count",
        sqlite: "SELECT count(*) FROM articles",
        postgres: "",
    };
    database.query("count", &COUNT, []).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn r24_a_start_on_a_silent_disk_ends_and_says_what_to_do() {
    let databases = Databases::create(Engine::Sqlite).await;
    for (answered, named) in [
        (0, "opening the file took longer than 10s"),
        (1, "the migration took longer than 1800s"),
    ] {
        let disk = Disk::new(answered);
        let refused = open(&databases, &disk).await;
        let error = refused.err().expect("the disk is silent").to_string();
        for text in [named, "article.db", "Check that the disk"] {
            assert!(error.contains(text), "{error}");
        }
    }
    for current in [false, true] {
        let disk = Disk::new(0);
        let error = inspect_with(&databases, &disk, current).await;
        let error = error.expect_err("the disk is silent").to_string();
        assert!(
            error.contains("opening the file took longer than 10s"),
            "{error}"
        );
    }
    let opened = open(&databases, &Disk::new(usize::MAX)).await;
    opened.expect("the disk answers");
}

#[tokio::test(start_paused = true)]
async fn r24_reads_of_a_silent_disk_name_it_and_are_not_ready() {
    let databases = Databases::create(Engine::Sqlite).await;
    let disk = Disk::new(usize::MAX);
    let database = open(&databases, &disk).await.expect("the disk answers");
    for _ in 0..READERS {
        // The reads before keep their connections; one that is left reads, and the writer has its own.
        database.ping().await.expect("reads go on");
        read(&database).await.expect("reads go on");
        disk.is_silent_after(0);
        let given_up = read(&database).await.expect_err("the disk is silent");
        assert!(given_up.to_string().contains(NAMED), "{given_up}");
        disk.is_silent_after(usize::MAX);
    }
    let refused = read(&database).await.expect_err("no connection is left");
    assert!(refused.to_string().contains(NAMED), "{refused}");
    let not_ready = database.ping().await.expect_err("no read is possible");
    assert!(not_ready.to_string().contains(NAMED), "{not_ready}");

    disk.answer();
    database.ping().await.expect("ready again");
    read(&database).await.expect("reads again");
}

#[tokio::test(flavor = "multi_thread")]
async fn r24_a_silent_disk_is_given_up_and_named_and_reads_go_on() {
    let databases = Databases::create(Engine::Sqlite).await;
    let database = databases.open_with(ARTICLE_SCHEMA, SHORT).await;
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
