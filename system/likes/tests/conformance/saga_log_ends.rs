//! The order in which sagas ended, for a reader that follows the log.

use std::time::Duration;

use likewise_saga::{
    id::SagaId,
    log::{EndCursor, LogEntry, LogReply, SagaLog, SqlSagaLog, stored_id},
    protocol::{Outcome, Status},
    store::Page,
};
use sqlx::{Connection, PgConnection};

use crate::{
    common::{Databases, Engine, on_both_engines},
    saga_log_fixture::{NOW, append, change, id, log, saga, start},
};

on_both_engines! {
    r13_ends_are_listed_in_the_order_of_their_commits
}

/// The number of polls for a condition, 20 ms apart.
const POLLS_MAX: u32 = 1_500;

async fn ended(log: &SqlSagaLog, page: Page<EndCursor>) -> Vec<(EndCursor, SagaId)> {
    let rows = log.list_ended(page).await.expect("a page").into_iter();
    rows.map(|(cursor, stored)| (cursor.unwrap(), stored_id(&stored).unwrap()))
        .collect()
}

/// Waits for this many ends after the cursor. On PostgreSQL the transactions of other tests delay them.
async fn wait_for(
    log: &SqlSagaLog,
    after: Option<EndCursor>,
    count: usize,
) -> Vec<(EndCursor, SagaId)> {
    let limit = 100;
    for _ in 0..POLLS_MAX {
        let found = ended(log, Page { after, limit }).await;
        if found.len() == count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there never were {count} ends");
}

fn end(number: u128) -> LogEntry {
    change(number, Status::Running, Status::Completed)
}

async fn r13_ends_are_listed_in_the_order_of_their_commits(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let starts = ["a", "b", "c", "d", "e"];
    let starts: Vec<LogEntry> = (1..)
        .zip(starts)
        .map(|(n, key)| start(n, key, None))
        .collect();
    append(&log, epoch, &starts).await;
    assert_eq!(
        ended(
            &log,
            Page {
                after: None,
                limit: 9
            }
        )
        .await,
        []
    );

    append(&log, epoch, &[end(3)]).await;
    let mut settled = saga(6, "f", None);
    settled.settled = Some(Outcome::TimedOut);
    append(&log, epoch, &[LogEntry::Start(settled)]).await;
    append(&log, epoch, &[end(1)]).await;
    let first = wait_for(&log, None, 3).await;
    let ids = |found: &[(EndCursor, SagaId)]| found.iter().map(|end| end.1).collect::<Vec<_>>();
    assert_eq!(ids(&first), [id(3), id(6), id(1)]);

    // A saga that began earlier than all of them, under the next epoch.
    let epoch = log.take_over().await.unwrap();
    append(&log, epoch, &[end(2), end(4)]).await;
    let last = first.last().map(|end| end.0);
    let second = wait_for(&log, last, 2).await;
    assert_eq!(ids(&second), [id(2), id(4)]);
    let all = [first, second].concat();
    assert!(all.is_sorted_by(|one, next| one.0 < next.0), "{all:?}");

    // Page by page, also within one transaction.
    let mut after = None;
    for end in &all {
        let page = ended(&log, Page { after, limit: 1 }).await;
        assert_eq!(page, std::slice::from_ref(end));
        after = Some(end.0);
    }
}

/// One append is held up between its statements' work and its commit, while a later one commits. A reader in between
/// must not go past the first.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: cargo xtask test"]
async fn r13_an_end_that_commits_late_is_not_missed() {
    let databases = Databases::create(Engine::Postgres).await;
    let (log, epoch) = log(&databases).await;
    let starts = [
        start(1, "a", None),
        start(2, "b", None),
        start(3, "c", None),
    ];
    append(&log, epoch, &starts).await;

    let mut outsider = PgConnection::connect(&databases.urls()[2]).await.unwrap();
    let mut locked = outsider.begin().await.unwrap();
    sqlx::query("INSERT INTO saga_changes (saga, epoch, position, changed_at, shard, from_status, to_status, parked)
         SELECT id, 0, 0, 0, 0, 0, 0, 0 FROM sagas WHERE subject = 'b'")
        .execute(&mut *locked)
        .await
        .unwrap();
    let log = std::sync::Arc::new(log);
    let late = tokio::spawn({
        let log = std::sync::Arc::clone(&log);
        async move { log.append(epoch, NOW, &[end(1), end(2)]).await }
    });
    wait_until_blocked(&mut locked).await;
    append(&log, epoch, &[end(3)]).await;
    let seen = ended(
        &log,
        Page {
            after: None,
            limit: 9,
        },
    )
    .await;
    assert_eq!(seen, [], "the end before it is not committed");

    locked.rollback().await.unwrap();
    let replies = late.await.unwrap().expect("appended");
    assert_eq!(replies, [LogReply::Changed, LogReply::Changed]);
    let seen = wait_for(&log, None, 3).await;
    let ids: Vec<SagaId> = seen.iter().map(|end| end.1).collect();
    assert_eq!(ids, [id(1), id(2), id(3)]);
    drop(log);
    databases.delete().await;
}

/// Waits until another connection waits for this one.
async fn wait_until_blocked(connection: &mut PgConnection) {
    let blocked = "SELECT count(*) FROM pg_stat_activity
                   WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))";
    for _ in 0..POLLS_MAX {
        let count: i64 = sqlx::query_scalar(blocked)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        if count > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}
