//! The order in which statements take rows on PostgreSQL. Two batches that took them in different orders could deadlock.

use std::time::Duration;

use likewise_saga::protocol::{Op, StepReply};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::{
    common::{Databases, Engine},
    fixture::{BarrierFixture, count, done, like, new_article, record},
};

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

async fn execute(connection: &mut PgConnection, statement: impl Into<String>) {
    let statement = sqlx::raw_sql(AssertSqlSafe(statement.into()));
    statement.execute(connection).await.expect("it runs");
}

/// Waits until another session waits for this one.
async fn wait_until_blocking(blocker: &mut PgConnection) {
    let select = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))";
    for _ in 0..1_000 {
        let row = sqlx::query(select).fetch_one(&mut *blocker).await.unwrap();
        if row.get::<i64, _>(0) > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}

/// Another session holds the article with the lower id. A batch that names it last waits for it, and has not taken the other
/// article or a barrier row before.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_batch_takes_articles_by_id_and_then_barrier_rows() {
    let databases = Databases::create(Engine::Postgres).await;
    let (fixture, store) = BarrierFixture::article(&databases).await;
    let (low, high) = (new_article(&store).await, new_article(&store).await);
    assert!(low < high);
    let [url, _, _] = databases.urls();
    let (mut holder, mut other) = (connect(url).await, connect(url).await);
    for batch in [
        vec![count(1, Op::Do, high), count(2, Op::Do, low)],
        // One action takes its article first, too.
        vec![count(3, Op::Do, low)],
    ] {
        execute(&mut holder, "BEGIN").await;
        let lock = format!("SELECT FROM articles WHERE id = {low} FOR UPDATE");
        execute(&mut holder, lock).await;
        let free = async {
            wait_until_blocking(&mut holder).await;
            let lock = format!("SELECT FROM articles WHERE id = {high} FOR UPDATE NOWAIT");
            execute(&mut other, lock).await;
            // Inserting the batch's barrier rows would wait for the batch, if it had inserted them.
            execute(&mut other, "BEGIN; SET LOCAL lock_timeout = '1ms'").await;
            for request in &batch {
                let saga = request.saga;
                let insert =
                    format!("INSERT INTO barrier VALUES ('{saga}', 0, 0, 0, NULL, NULL, 0)");
                execute(&mut other, insert).await;
            }
            execute(&mut other, "ROLLBACK").await;
            execute(&mut holder, "ROLLBACK").await;
        };
        let (replies, ()) = futures::join!(fixture.apply_single(&batch), free);
        assert!(replies.iter().all(Option::is_some), "{replies:?}");
    }
    assert_eq!(fixture.apply_one(count(4, Op::Do, low)).await, done(3));
    databases.delete().await;
}

/// Another session holds the record of a pair. A like of that pair waits for it, and has its barrier row by then: a copy of the
/// like waits for that row, and not for the record.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn a_like_takes_its_barrier_row_and_then_its_record() {
    let databases = Databases::create(Engine::Postgres).await;
    let (fixture, _) = BarrierFixture::user(&databases).await;
    let [_, url, _] = databases.urls();
    let (mut holder, mut other) = (connect(url).await, connect(url).await);
    for (batch, user) in [
        (vec![like(1, Op::Do, record(1, 1, 2))], 1),
        (
            vec![
                like(2, Op::Do, record(2, 5, 2)),
                like(3, Op::Do, record(3, 6, 2)),
            ],
            6,
        ),
    ] {
        execute(&mut holder, "BEGIN").await;
        let id = record(99, user, 2).id;
        let insert = format!("INSERT INTO likes VALUES ('{id}', {user}, 2, 0)");
        execute(&mut holder, insert).await;
        let free = async {
            wait_until_blocking(&mut holder).await;
            execute(&mut other, "BEGIN; SET LOCAL lock_timeout = '1ms'").await;
            let saga = batch[0].saga;
            let insert = format!("INSERT INTO barrier VALUES ('{saga}', 0, 0, 0, NULL, NULL, 0)");
            let insert = sqlx::query(AssertSqlSafe(insert));
            let error = insert.execute(&mut other).await.expect_err("it waits");
            assert!(error.to_string().contains("lock timeout"), "{error}");
            execute(&mut other, "ROLLBACK").await;
            execute(&mut holder, "ROLLBACK").await;
        };
        let (replies, ()) = futures::join!(fixture.apply_single(&batch), free);
        let is_done = |reply: &Option<StepReply>| matches!(reply, Some(StepReply::Done { .. }));
        assert!(replies.iter().all(is_done), "{replies:?}");
    }
    databases.delete().await;
}
