//! The deletion of barrier rows below the watermark: in small batches, and only when no transaction is left that could still
//! work with an older watermark.

use std::{collections::BTreeSet, time::Duration};

use futures::FutureExt;
use likewise::article::ARTICLE_SCHEMA;
use likewise_saga::{
    bound::{Bound, within},
    id::SagaId,
    participant::{
        COLLECT_ROWS_MAX, Collected, SqlWatermarkStore, WatermarkClient, WatermarkStore,
    },
    protocol::{Op, StepReply},
    store::{Database, Sql},
};
use tokio::{sync::oneshot, time::sleep};
use uuid::Uuid;

use crate::{
    common::{Databases, Engine, on_both_engines},
    fixture::{BarrierFixture, count, done, likes, new_article},
    watermark::{process, watermark},
};

on_both_engines! {
    r23_rows_below_the_watermark_are_deleted_and_the_others_stay
    r23_a_batch_deletes_no_more_rows_than_its_limit
    r23_a_batch_ends_between_two_sagas
    r23_many_rows_are_deleted_in_several_batches
    r23_a_process_that_was_started_again_goes_on
    r23_two_processes_collect_at_once
    r23_likes_go_on_during_a_collection
    rows_that_came_back_with_an_older_copy_are_deleted_again
}

static ROWS: Sql = Sql {
    name: "test_rows",
    sqlite: "SELECT count(*) FROM barrier",
    postgres: "SELECT count(*) FROM barrier",
};
static FILL: Sql = Sql {
    name: "test_fill",
    sqlite: "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < $1)
             INSERT INTO barrier (saga, step, state, fingerprint, created_at)
             SELECT printf('00000000-0000-0000-0000-%012x', n), step, 0, 0, 0
             FROM n, (SELECT 0 AS step UNION SELECT 1) WHERE step < $2",
    postgres: "INSERT INTO barrier (saga, step, state, fingerprint, created_at)
               SELECT ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, step, 0, 0, 0
               FROM generate_series(1, $1) AS n, generate_series(0, $2 - 1) AS step",
};
static FORGET: Sql = Sql {
    name: "test_forget",
    sqlite: "UPDATE barrier_watermarks SET below = '00000000-0000-0000-0000-000000000000', epoch = 0",
    postgres: "UPDATE barrier_watermarks SET below = '00000000-0000-0000-0000-000000000000', epoch = 0",
};

/// How many barrier rows there are.
pub async fn rows(database: &Database) -> i64 {
    let rows = database.query("rows", &ROWS, []).await.unwrap();
    rows[0].int(0).unwrap()
}

/// Waits until so many barrier rows are left.
pub async fn collected(database: &Database, left: i64) {
    let wait = async {
        while rows(database).await != left {
            sleep(Duration::from_millis(10)).await;
        }
    };
    let bound = Bound::new("the collection", Duration::from_secs(60));
    within(bound, wait).await.unwrap();
}

/// Inserts the rows of sagas 1 to `sagas`, with so many steps each.
async fn fill(database: &Database, sagas: i64, steps: i64) {
    let fill = move |args: [likewise_saga::store::Arg; 2]| {
        database.write("fill", move |tx| {
            async move { tx.execute(&FILL, args).await }.boxed()
        })
    };
    let filled = fill([sagas.into(), steps.into()]).await.unwrap();
    assert_eq!(i64::try_from(filled).unwrap(), sagas * steps);
}

fn saga(number: u128) -> SagaId {
    SagaId(Uuid::from_u128(number))
}

async fn r23_rows_below_the_watermark_are_deleted_and_the_others_stay(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    let batch = (1..=9).map(|saga| count(saga, Op::Do, article));
    fixture.apply(batch.collect()).await;
    let process = process(&database);
    process.raise(watermark(7, 1)).await.unwrap();
    collected(&database, 3).await;
    assert_eq!(fixture.apply_one(count(7, Op::Do, article)).await, done(7));
    // Counts are no business of the collection.
    assert_eq!(likes(&store, article).await, 9);
    process.raise(watermark(8, 1)).await.unwrap();
    collected(&database, 2).await;
}

async fn r23_a_batch_deletes_no_more_rows_than_its_limit(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    fill(&database, 25, 1).await;
    let collect = |from| SqlWatermarkStore.collect(&database, from, saga(24), 10);
    let first = collect(saga(0)).await.unwrap();
    let next = Some(saga(11));
    assert_eq!(first, Collected { rows: 10, next });
    let second = collect(saga(11)).await.unwrap();
    let next = Some(saga(21));
    assert_eq!(second, Collected { rows: 10, next });
    let last = collect(saga(21)).await.unwrap();
    let next = None;
    assert_eq!(last, Collected { rows: 3, next });
    assert_eq!(rows(&database).await, 2);
}

/// A saga with half of its rows would be a saga of which a late copy finds one step and not the other.
async fn r23_a_batch_ends_between_two_sagas(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    fill(&database, 6, 2).await;
    let collect = |from| SqlWatermarkStore.collect(&database, from, saga(100), 5);
    let first = collect(saga(0)).await.unwrap();
    let next = Some(saga(3));
    assert_eq!(first, Collected { rows: 4, next });
    assert_eq!(rows(&database).await, 8);
}

async fn r23_many_rows_are_deleted_in_several_batches(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let sagas = i64::from(COLLECT_ROWS_MAX) * 5 / 2;
    fill(&database, sagas, 2).await;
    let below = u128::try_from(sagas).unwrap();
    process(&database).raise(watermark(below, 1)).await.unwrap();
    // No process is left that was asked: a task belongs to its process.
    sleep(Duration::from_millis(50)).await;
    assert!(
        rows(&database).await > 2,
        "the task went on without its process"
    );
    let process = process(&database);
    process.raise(watermark(below, 1)).await.unwrap();
    collected(&database, 2).await;
}

/// The first publication after a start is an equal one. Nobody knows whether rows are left below it.
async fn r23_a_process_that_was_started_again_goes_on(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let published = watermark(5, 1);
    let stored = SqlWatermarkStore.raise(&database, published).await;
    stored.unwrap().unwrap();
    fill(&database, 9, 1).await;
    let started = process(&database);
    started.raise(published).await.unwrap();
    collected(&database, 5).await;
}

async fn r23_two_processes_collect_at_once(databases: &Databases) {
    let one = databases.open(ARTICLE_SCHEMA).await;
    let other = databases.open(ARTICLE_SCHEMA).await;
    fill(&one, 2_000, 1).await;
    let published = watermark(1_990, 1);
    let (first, second) = (process(&one), process(&other));
    let raised = futures::join!(first.raise(published), second.raise(published));
    raised.0.unwrap();
    raised.1.unwrap();
    collected(&one, 11).await;
}

async fn r23_likes_go_on_during_a_collection(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    fill(&database, 3_000, 1).await;
    let process = process(&database);
    process.raise(watermark(3_001, 1)).await.unwrap();
    for number in 1..=40 {
        let request = count(10_000 + number, Op::Do, article);
        let likes = i64::try_from(number).unwrap();
        assert_eq!(fixture.apply_one(request).await, done(likes));
    }
    collected(&database, 40).await;
    assert_eq!(likes(&store, article).await, 40);
}

/// A participant's database is restored from an older copy: watermark and rows are as they were.
async fn rows_that_came_back_with_an_older_copy_are_deleted_again(databases: &Databases) {
    let database = databases.open(ARTICLE_SCHEMA).await;
    let process = process(&database);
    let published = watermark(5, 1);
    process.raise(published).await.unwrap();
    let forget = database.write("forget", |tx| {
        async move { tx.execute(&FORGET, []).await }.boxed()
    });
    forget.await.unwrap();
    fill(&database, 9, 1).await;
    let raised = process.raise(published).await.unwrap();
    assert_eq!(raised.before, None, "the leader learns of it");
    collected(&database, 5).await;
}

static LOCK_ARTICLES: Sql = Sql {
    name: "test_lock_articles",
    sqlite: "",
    postgres: "SELECT id FROM articles FOR UPDATE",
};
static WAITING: Sql = Sql {
    name: "test_waiting",
    sqlite: "",
    postgres: "SELECT count(*) FROM pg_stat_activity
               WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()
                 AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'barrier'::regclass)",
};

/// A session that keeps all articles locked until it is told to end.
struct Locked {
    release: oneshot::Sender<()>,
    session: tokio::task::JoinHandle<()>,
}

impl Locked {
    async fn articles(database: &Database) -> Self {
        let (locked, is_locked) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let database = database.clone();
        let session = tokio::spawn(async move {
            let work = database.write("lock", move |tx| {
                async move {
                    tx.rows(&LOCK_ARTICLES, []).await?;
                    locked.send(()).expect("the test waits for it");
                    // The server ends a transaction that is idle for two seconds.
                    let _ = released.await;
                    Ok(())
                }
                .boxed()
            });
            work.await.unwrap();
        });
        is_locked.await.unwrap();
        Self { release, session }
    }

    async fn release(self) {
        self.release.send(()).unwrap();
        self.session.await.unwrap();
    }
}

/// A copy of a step began before the watermark and waits for an article. If the row of its saga were deleted in the meantime, the
/// copy would find none, and count the like a second time.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r23_a_step_that_began_before_the_watermark_cannot_act_twice() {
    let databases = Databases::create(Engine::Postgres).await;
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (fixture, store) = BarrierFixture::article_in(database.clone());
    let article = new_article(&store).await;
    let step = count(1, Op::Do, article);
    assert_eq!(fixture.apply_one(step.clone()).await, done(1));

    let locked = Locked::articles(&database).await;
    let copy = tokio::spawn(async move { fixture.apply_one(step).await });
    while database.query("waiting", &WAITING, []).await.unwrap()[0]
        .int(0)
        .unwrap()
        == 0
    {
        sleep(Duration::from_millis(10)).await;
    }
    let process = process(&databases.open(ARTICLE_SCHEMA).await);
    process.raise(watermark(5, 1)).await.unwrap();
    sleep(Duration::from_millis(500)).await;
    let rows_meanwhile = rows(&database).await;
    locked.release().await;

    // It found its row, and then the watermark.
    assert_eq!(copy.await.unwrap(), StepReply::Stale);
    assert_eq!(likes(&store, article).await, 1);
    assert_eq!(rows_meanwhile, 1, "the collection waits for the copy");
    collected(&database, 0).await;
    databases.delete().await;
}

/// A transaction that only reads, or that began after the list was taken, is none that the collection waits for.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn only_transactions_that_may_change_barrier_rows_are_older_ones() {
    let databases = Databases::create(Engine::Postgres).await;
    let database = databases.open(ARTICLE_SCHEMA).await;
    let (_, store) = BarrierFixture::article_in(database.clone());
    new_article(&store).await;
    let open = || SqlWatermarkStore.open_transactions(&database);
    let reading = Locked::articles(&database).await;
    assert_eq!(open().await.unwrap(), BTreeSet::new());
    reading.release().await;

    let (held, is_held) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    let writer = database.clone();
    let session = tokio::spawn(async move {
        let work = writer.write("hold", move |tx| {
            async move {
                tx.execute(&FILL, [1_i64.into(), 1_i64.into()]).await?;
                held.send(()).expect("the test waits for it");
                let _ = released.await;
                Ok(())
            }
            .boxed()
        });
        work.await.unwrap();
    });
    is_held.await.unwrap();
    assert_eq!(open().await.unwrap().len(), 1);
    release.send(()).unwrap();
    session.await.unwrap();
    assert_eq!(open().await.unwrap(), BTreeSet::new());
    databases.delete().await;
}
