//! The log is only appended to: the locks of open sagas are in memory and are read at a takeover, behind a watermark. A log of the
//! version before is migrated.

use futures::FutureExt;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{
        EndCursor, LogEntry, LogError, LogReply, NewSaga, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog,
        StatusFilter,
    },
    protocol::{Outcome, Status},
    store::{Database, Page, Schema, Sql},
};

use crate::{
    common::{Databases, on_both_engines},
    saga_log_fixture::{NOW, append, change, id, log, saga, start},
};

on_both_engines! {
    a_status_is_left_once_whatever_the_memory_says
    a_start_never_relies_on_an_end_that_was_not_written
    a_settled_saga_is_stored_below_the_watermark_too
    a_lock_is_held_while_the_fate_of_an_append_is_unknown
    a_takeover_finds_exactly_the_open_sagas
    r22_a_stale_leader_writes_no_watermark
    r04_a_log_of_the_version_before_is_migrated
}

fn end(number: u128) -> LogEntry {
    change(number, Status::Running, Status::Completed)
}

async fn marking_log(databases: &Databases) -> (SqlSagaLog, Epoch) {
    let log = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await).mark_every(2);
    let epoch = log.take_over().await.unwrap();
    (log, epoch)
}

async fn open_sagas(log: &SqlSagaLog) -> Vec<SagaId> {
    let page = Page {
        after: None,
        limit: 100,
    };
    let rows = log.list(StatusFilter::Pending, page).await.unwrap();
    rows.into_iter().map(|row| row.unwrap().id).collect()
}

async fn watermark(databases: &Databases) -> Option<SagaId> {
    static WATERMARK: Sql = Sql {
        name: "watermark",
        sqlite: "SELECT watermark FROM shards",
        postgres: "SELECT watermark::text FROM shards",
    };
    let database = databases.open(SAGA_LOG_SCHEMA).await;
    let rows = database.query("test", &WATERMARK, []).await.unwrap();
    let text = rows[0].opt_text(0).unwrap();
    text.map(|text| SagaId(text.parse().unwrap()))
}

/// The key of a change is the second line of defence: two writers under one epoch, which the epoch does not keep apart.
async fn a_status_is_left_once_whatever_the_memory_says(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[start(1, "a", None)]).await;
    let other = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    append(&other, epoch, &[]).await;
    append(&log, epoch, &[end(1)]).await;
    let replies = append(&other, epoch, &[end(1), start(2, "b", None)]).await;
    assert_eq!(replies, [LogReply::Lost, LogReply::Started]);
    // The memory has learnt it.
    let replies = append(&other, epoch, &[start(3, "a", None)]).await;
    assert_eq!(replies, [LogReply::Started]);
}

/// Otherwise two sagas would be open under one key: the memory was wrong, for example because somebody changed a row by hand.
async fn a_start_never_relies_on_an_end_that_was_not_written(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[start(1, "a", None)]).await;
    let other = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    append(&other, epoch, &[]).await;
    let undone = change(1, Status::Running, Status::Compensating);
    append(&log, epoch, &[undone]).await;
    let batch = [end(1), start(2, "a", None)];
    let refused = other.append(epoch, NOW, &batch).await.unwrap_err();
    assert!(matches!(refused, LogError::Store(_)), "{refused}");
    assert_eq!(open_sagas(&log).await, [id(1)]);
}

/// A settled saga is never open. Its append may be repeated after younger sagas have ended.
async fn a_settled_saga_is_stored_below_the_watermark_too(databases: &Databases) {
    let (log, epoch) = marking_log(databases).await;
    for number in 2..=9 {
        append(&log, epoch, &[start(number, "a", None)]).await;
        append(&log, epoch, &[end(number)]).await;
    }
    assert!(watermark(databases).await > Some(id(1)));
    let settled = Some(Outcome::TimedOut);
    let settled = LogEntry::Start(NewSaga {
        settled,
        ..saga(1, "a", None)
    });
    let replies = append(&log, epoch, &[settled.clone(), start(1, "b", None)]).await;
    assert_eq!(replies, [LogReply::Started, LogReply::TooOld]);
    assert_eq!(
        append(&log, epoch, &[settled]).await,
        [LogReply::Locked(id(1))]
    );
}

async fn a_lock_is_held_while_the_fate_of_an_append_is_unknown(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[]).await;
    let first = [start(1, "a", None)];
    // Nobody waits for the answer.
    let _ = log.append(epoch, NOW, &first).now_or_never();
    let replies = append(&log, epoch, &[start(2, "a", None)]).await;
    assert_eq!(replies, [LogReply::Locked(id(1))]);
    let again = append(&log, epoch, &first).await;
    let known = [LogReply::Started, LogReply::Locked(id(1))];
    assert!(known.contains(&again[0]), "{again:?}");

    let _ = log.append(epoch, NOW, &[end(1)]).now_or_never();
    let again = append(&log, epoch, &[end(1)]).await;
    let known = [LogReply::Changed, LogReply::Lost];
    assert!(known.contains(&again[0]), "{again:?}");
    let replies = append(&log, epoch, &[start(2, "a", None)]).await;
    assert_eq!(replies, [LogReply::Started]);
    assert_eq!(open_sagas(&log).await, [id(2)]);
}

/// With a watermark below the first of them, and parked and compensating ones.
async fn a_takeover_finds_exactly_the_open_sagas(databases: &Databases) {
    let (log, epoch) = marking_log(databases).await;
    let starts: Vec<LogEntry> = (1..=8).map(|n| start(n, &n.to_string(), None)).collect();
    append(&log, epoch, &starts).await;
    let compensate = change(6, Status::Running, Status::Compensating);
    append(&log, epoch, &[end(1), end(4), end(2), compensate]).await;
    log.park(epoch, NOW, id(7), "why").await.unwrap();
    assert_eq!(watermark(databases).await, None);
    append(&log, epoch, &[end(5)]).await;
    assert_eq!(
        watermark(databases).await,
        Some(id(3)),
        "the first open one"
    );
    append(&log, epoch, &[]).await;
    assert_eq!(watermark(databases).await, Some(id(3)));

    let (next, epoch) = marking_log(databases).await;
    assert_eq!(open_sagas(&next).await, [id(3), id(6), id(7), id(8)]);
    assert_eq!(next.head().await.unwrap().newest, Some(id(8)));
    let starts: Vec<LogEntry> = (1..=8)
        .map(|n| start(10 + n, &n.to_string(), None))
        .collect();
    let replies = append(&next, epoch, &starts).await;
    let locked: Vec<u128> = (1..)
        .zip(&replies)
        .filter(|(n, reply)| **reply == LogReply::Locked(id(*n)))
        .map(|(n, _)| n)
        .collect();
    assert_eq!(locked, [3, 6, 7, 8]);
    let started = replies.iter().filter(|reply| **reply == LogReply::Started);
    assert_eq!(started.count(), 4, "{replies:?}");
    // An identity below the watermark would be overlooked by the next takeover.
    let late = append(&next, epoch, &[start(2, "z", None), start(20, "y", None)]).await;
    assert_eq!(late, [LogReply::TooOld, LogReply::Started]);
}

async fn r22_a_stale_leader_writes_no_watermark(databases: &Databases) {
    let (log, stale) = marking_log(databases).await;
    let starts: Vec<LogEntry> = (1..=3).map(|n| start(n, &n.to_string(), None)).collect();
    append(&log, stale, &starts).await;
    append(&log, stale, &[end(1), end(2)]).await;
    let (next, epoch) = marking_log(databases).await;
    let refused = log.append(stale, NOW, &[end(3)]).await.unwrap_err();
    assert!(matches!(refused, LogError::Fenced { .. }), "{refused}");
    assert_eq!(watermark(databases).await, None);
    append(&next, epoch, &[end(3)]).await;
    assert_eq!(open_sagas(&next).await, []);
}

/// The schema of the version before.
const BEFORE: Schema = Schema {
    migrations: SAGA_LOG_SCHEMA.migrations.split_at(4).0,
    ..SAGA_LOG_SCHEMA
};

async fn execute(database: &Database, text: String) {
    let text: &'static str = text.leak();
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "test",
        sqlite: text,
        postgres: text,
    }));
    let write = database.write("test", move |tx| {
        async move { tx.execute(sql, []).await }.boxed()
    });
    write.await.expect("the statement runs");
}

/// A running, a parked, a completed, a compensating, a compensated and a settled saga, numbered from 1.
const ROWS: [(i64, i64, &str); 6] = [
    (0, 0, "NULL"),
    (0, 1, "NULL"),
    (1, 0, r#"'{"end":"done","results":[{},{}]}'"#),
    (2, 1, "NULL"),
    (3, 0, r#"'{"end":"timed_out"}'"#),
    (3, 0, r#"'{"end":"timed_out"}'"#),
];

async fn r04_a_log_of_the_version_before_is_migrated(databases: &Databases) {
    let before = databases.open(BEFORE).await;
    for (number, (status, parked, outcome)) in (1_u32..).zip(ROWS) {
        let insert = format!(
            "INSERT INTO sagas (id, kind, args, subject, request_key, fingerprint, status, parked, epoch, steps, outcome,
                 created_at, updated_at, deadline_at, position)
             VALUES ('00000000-0000-0000-0000-00000000000{number}', 'like', '{{}}', 'l{number}', 'k{number}', 7, {status}, {parked}, 0,
                 NULL, {outcome}, 1, 2, 3, {number})"
        );
        execute(&before, insert).await;
    }
    drop(before);
    let (log, epoch) = log(databases).await;
    for (number, (status, parked, _)) in (1..).zip(ROWS) {
        let row = log
            .find(id(number))
            .await
            .unwrap()
            .expect("the saga")
            .unwrap();
        let known = (row.status.code(), i64::from(row.parked));
        assert_eq!(known, (status, parked), "saga {number}");
        assert_eq!(row.outcome.is_some(), !row.status.is_open());
        assert_eq!(
            (row.created_at.0, row.deadline_at.0, row.fingerprint),
            (1, 3, 7)
        );
        let by_key = log.find_by_key(&format!("k{number}")).await.unwrap();
        assert_eq!(by_key.expect("the saga").unwrap().id, id(number));
    }
    let open = [id(1), id(2), id(4)];
    assert_eq!(open_sagas(&log).await, open);
    assert_eq!(watermark(databases).await, Some(id(1)));
    let locked = append(&log, epoch, &[start(11, "l4", None), start(12, "l5", None)]).await;
    assert_eq!(locked, [LogReply::Locked(id(4)), LogReply::Started]);
    // A cursor from before the migration is still a place in the order.
    let after = EndCursor {
        epoch: Epoch(0),
        position: 3,
        saga: id(3),
    };
    let page = Page {
        after: Some(after),
        limit: 9,
    };
    let ended = log.list_ended(page).await.unwrap();
    let ended: Vec<SagaId> = ended
        .iter()
        .map(|(cursor, _)| cursor.unwrap().saga)
        .collect();
    assert_eq!(ended, [id(5), id(6)]);
    let ends = [
        end(1),
        end(2),
        change(4, Status::Compensating, Status::Compensated),
    ];
    assert_eq!(append(&log, epoch, &ends).await, vec![LogReply::Changed; 3]);
    assert_eq!(open_sagas(&log).await, [id(12)]);
}
