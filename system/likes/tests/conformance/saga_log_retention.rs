//! Retention of the saga log: the watermarks, the marks, and what a collection deletes.

use std::time::Duration;

use futures::FutureExt;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{
        EndCursor, EndsPage, FoundSaga, LogEntry, LogError, LogReply, Mark, Raise, Retained,
        RetentionLog, RetentionUpdate, SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog, StatusFilter,
        stored_id,
    },
    protocol::Status,
    store::{Page, Sql, StoreError},
};
use uuid::Uuid;

use crate::{
    common::{Databases, Engine, on_both_engines},
    saga_log_fixture::{NOW, append, change, id, log, start},
};

on_both_engines! {
    r23_a_collection_deletes_what_is_below_the_watermarks_and_nothing_else
    r23_a_collection_goes_on_in_batches
    r23_a_saga_without_an_end_is_never_deleted
    r23_no_watermark_goes_back_or_exceeds_that_of_the_log
    r23_a_mark_has_the_place_of_the_last_end
    r23_a_stale_leader_stores_nothing
    r23_a_deleted_saga_is_told_from_one_that_never_was
    r23_a_reader_that_missed_deleted_ends_is_told_so
    r23_an_end_after_a_collection_comes_after_every_cursor
    r23_a_takeover_after_a_collection_finds_the_open_sagas_and_the_newest
    r23_a_saga_whose_lock_cannot_be_read_holds_the_watermark
}

fn end(number: u128) -> LogEntry {
    change(number, Status::Running, Status::Completed)
}

/// Starts and ends sagas. The number of each is its lock key.
async fn ended(log: &SqlSagaLog, epoch: Epoch, sagas: std::ops::RangeInclusive<u128>) {
    let starts: Vec<_> = sagas
        .clone()
        .map(|n| start(n, &n.to_string(), None))
        .collect();
    append(log, epoch, &starts).await;
    append(log, epoch, &sagas.map(end).collect::<Vec<_>>()).await;
}

/// Makes a mark below a saga, and raises the watermarks to sagas.
async fn raise(log: &SqlSagaLog, epoch: Epoch, below: u128, keys_below: Option<u128>) {
    log.raise_watermark(epoch).await.unwrap();
    let mark = update(log, |update| update.mark = Some(id(below))).await;
    let mark = log.record(epoch, mark).await.unwrap().expect("a mark");
    let raise = Raise {
        below: id(below),
        keys_below: keys_below.map(id),
        ends: mark.ends,
    };
    let raise = update(log, |update| update.raise = Some(raise)).await;
    log.record(epoch, raise).await.unwrap();
}

/// An update a second later.
async fn update(log: &SqlSagaLog, change: impl FnOnce(&mut RetentionUpdate)) -> RetentionUpdate {
    let retained = log.retained().await.unwrap();
    let mut update = RetentionUpdate {
        clock: retained.clock + Duration::from_secs(1),
        ended: retained.ended,
        ..RetentionUpdate::default()
    };
    change(&mut update);
    update
}

/// Collects everything below the watermarks. Returns the number of sagas that were deleted.
async fn collect(log: &SqlSagaLog, sagas_max: u32) -> u64 {
    let (mut after, mut deleted) = (SagaId(Uuid::nil()), 0);
    loop {
        let batch = log.collect(after, id(u128::MAX), sagas_max).await.unwrap();
        deleted += batch.sagas;
        match batch.last {
            Some(last) => after = last,
            None => return deleted,
        }
    }
}

/// The sagas that have a row in a table.
async fn rows(databases: &Databases, table: &str) -> Vec<u128> {
    let column = match table {
        "sagas" => "id",
        _ => "saga",
    };
    let postgres = format!("SELECT DISTINCT {column}::text FROM {table} ORDER BY 1");
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "test",
        sqlite: postgres.replace("::text", "").leak(),
        postgres: postgres.leak(),
    }));
    let database = databases.open(SAGA_LOG_SCHEMA).await;
    let rows = database.query("test", sql, []).await.unwrap();
    let number = |text: &str| text.parse::<Uuid>().unwrap().as_u128();
    rows.iter()
        .map(|row| number(row.text(0).unwrap()))
        .collect()
}

async fn by_hand(databases: &Databases, sqlite: &str, postgres: &str) {
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "by_hand",
        sqlite: sqlite.to_owned().leak(),
        postgres: postgres.to_owned().leak(),
    }));
    let database = databases.open(SAGA_LOG_SCHEMA).await;
    let changed = database.write("by-hand", move |tx| {
        async move { tx.execute(sql, []).await }.boxed()
    });
    changed.await.expect("the statement runs");
}

async fn r23_a_collection_deletes_what_is_below_the_watermarks_and_nothing_else(
    databases: &Databases,
) {
    let (log, epoch) = log(databases).await;
    let keys = [None, Some("k2"), None, None, None, Some("k6")];
    let starts = (1..)
        .zip(keys)
        .map(|(n, key)| start(n, &n.to_string(), key));
    append(&log, epoch, &starts.collect::<Vec<_>>()).await;
    log.park(epoch, NOW, id(4), "why").await.unwrap();
    let undo = [
        change(3, Status::Running, Status::Compensating),
        end(1),
        end(2),
        end(4),
    ];
    append(&log, epoch, &undo).await;
    let undone = change(3, Status::Compensating, Status::Compensated);
    append(&log, epoch, &[undone, end(6)]).await;
    ended(&log, epoch, 7..=7).await;
    // Nothing is below a watermark yet.
    assert_eq!(collect(&log, 100).await, 0);

    raise(&log, epoch, 5, None).await;
    assert_eq!(collect(&log, 100).await, 3);
    for (table, left) in [
        ("sagas", vec![2, 5, 6, 7]),
        ("saga_changes", vec![2, 6, 7]),
        ("saga_parks", vec![]),
    ] {
        assert_eq!(rows(databases, table).await, left, "{table}");
    }
    let replay = log.find_by_key("k2").await.unwrap().expect("the key");
    assert_eq!(stored_id(&replay), Some(id(2)));
    let joined = append(&log, epoch, &[start(9, "x", Some("k2"))]).await;
    assert!(matches!(joined[..], [LogReply::Joined(_)]), "{joined:?}");

    raise(&log, epoch, 5, Some(5)).await;
    assert_eq!(collect(&log, 100).await, 1);
    assert_eq!(rows(databases, "sagas").await, [5, 6, 7]);
    // The key is as new.
    let started = append(&log, epoch, &[start(9, "x", Some("k2"))]).await;
    assert_eq!(started, [LogReply::Started]);
    append(&log, epoch, &[end(5)]).await;
    append(&log, epoch, &[end(9)]).await;
    raise(&log, epoch, 9, Some(9)).await;
    assert_eq!(collect(&log, 100).await, 3);
    assert_eq!(rows(databases, "sagas").await, [9]);
}

async fn r23_a_collection_goes_on_in_batches(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    ended(&log, epoch, 1..=10).await;
    append(&log, epoch, &[start(11, "open", None)]).await;
    ended(&log, epoch, 12..=12).await;
    raise(&log, epoch, 11, None).await;
    let first = log.collect(id(0), id(u128::MAX), 4).await.unwrap();
    assert_eq!((first.last, first.sagas), (Some(id(4)), 4));
    let bounded = log.collect(id(4), id(6), 4).await.unwrap();
    assert_eq!((bounded.last, bounded.sagas), (Some(id(5)), 1));
    assert_eq!(collect(&log, 2).await, 5);
    assert_eq!(rows(databases, "saga_changes").await, [12]);
    assert_eq!(rows(databases, "sagas").await, [11, 12]);
}

/// The second line of defence: the statement looks at the end, whatever the watermark says.
async fn r23_a_saga_without_an_end_is_never_deleted(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    ended(&log, epoch, 1..=4).await;
    ended(&log, epoch, 5..=5).await;
    raise(&log, epoch, 4, Some(4)).await;
    let lost = "DELETE FROM saga_changes WHERE saga = '00000000-0000-0000-0000-000000000002'";
    by_hand(databases, lost, lost).await;
    assert_eq!(collect(&log, 100).await, 2);
    assert_eq!(rows(databases, "sagas").await, [2, 4, 5]);
}

async fn r23_no_watermark_goes_back_or_exceeds_that_of_the_log(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    ended(&log, epoch, 1..=8).await;
    raise(&log, epoch, 6, Some(4)).await;
    let before = log.retained().await.unwrap();
    assert_eq!(before.watermark, Some(id(8)));
    for (below, keys_below) in [
        (id(5), Some(id(4))),
        (id(6), Some(id(3))),
        (id(6), None),
        (id(7), Some(id(8))),
        (id(9), Some(id(4))),
    ] {
        let raise = Raise {
            below,
            keys_below,
            ends: None,
        };
        let update = update(&log, |update| update.raise = Some(raise)).await;
        let refused = log.record(epoch, update).await.unwrap_err();
        let is_invariant = matches!(refused, LogError::Store(StoreError::Invariant(_)));
        assert!(is_invariant, "{below} {keys_below:?}: {refused}");
    }
    assert_eq!(log.retained().await.unwrap(), before, "nothing was changed");
    // An earlier clock changes nothing either.
    let earlier = RetentionUpdate::default();
    log.record(epoch, earlier).await.unwrap();
    assert_eq!(log.retained().await.unwrap().clock, before.clock);
}

async fn r23_a_mark_has_the_place_of_the_last_end(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let mark = async |below| {
        let update = update(&log, |update| {
            update.ended = 7;
            update.mark = Some(id(below));
        });
        log.record(epoch, update.await)
            .await
            .unwrap()
            .expect("a mark")
    };
    assert_eq!(mark(1).await.ends, None);
    ended(&log, epoch, 1..=3).await;
    append(&log, epoch, &[start(4, "4", None)]).await;
    let second = mark(3).await;
    let expected = Mark {
        clock: Duration::from_secs(2),
        ended: 7,
        below: id(3),
        ends: second.ends,
    };
    assert_eq!(second, expected);
    let ends = second.ends.expect("an end");
    assert_eq!((ends.epoch, ends.saga), (epoch, id(3)));
    append(&log, epoch, &[end(4)]).await;
    assert!(mark(4).await.ends > Some(ends));

    let Retained { marks, ended, .. } = log.retained().await.unwrap();
    assert_eq!((marks.len(), ended), (3, 7));
    assert_eq!(marks[1], expected);
    let forget = marks.iter().take(2).map(|mark| mark.clock).collect();
    let update = update(&log, |update| update.forget = forget).await;
    log.record(epoch, update).await.unwrap();
    assert_eq!(log.retained().await.unwrap().marks, marks[2..]);
}

async fn r23_a_stale_leader_stores_nothing(databases: &Databases) {
    let (log, stale) = log(databases).await;
    ended(&log, stale, 1..=4).await;
    let next = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let epoch = next.take_over().await.unwrap();
    let before = log.retained().await.unwrap();
    let raised = log.raise_watermark(stale).await.unwrap_err();
    assert!(matches!(raised, LogError::Fenced { .. }), "{raised}");
    let raise = Raise {
        below: id(1),
        keys_below: Some(id(1)),
        ends: None,
    };
    let update = update(&log, |update| {
        update.mark = Some(id(1));
        update.raise = Some(raise);
    });
    let refused = log.record(stale, update.await).await.unwrap_err();
    assert!(matches!(refused, LogError::Fenced { .. }), "{refused}");
    assert_eq!(log.retained().await.unwrap(), before);
    // The next leader has read the log, and goes on where it ends.
    let progress = next.raise_watermark(epoch).await.unwrap();
    assert_eq!((progress.watermark, progress.ended), (Some(id(4)), 0));
    let raised = log.raise_watermark(stale).await.unwrap_err();
    assert!(matches!(raised, LogError::Fenced { .. }), "{raised}");
}

async fn r23_a_deleted_saga_is_told_from_one_that_never_was(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    ended(&log, epoch, 1..=4).await;
    ended(&log, epoch, 5..=5).await;
    let found = async |number| match log.look_up(id(number)).await.unwrap() {
        FoundSaga::Stored(stored) => stored_id(&stored).map(|_| "stored"),
        FoundSaga::Collected => Some("collected"),
        FoundSaga::Absent => None,
    };
    assert_eq!((found(2).await, found(7).await), (Some("stored"), None));
    raise(&log, epoch, 3, None).await;
    assert_eq!(found(2).await, Some("stored"), "as long as it is there");
    collect(&log, 100).await;
    assert_eq!(found(2).await, Some("collected"));
    assert_eq!((found(3).await, found(7).await), (Some("stored"), None));
}

/// The ends after a cursor. `None` if some may have been deleted.
async fn ends_after(log: &SqlSagaLog, after: Option<EndCursor>) -> Option<Vec<EndCursor>> {
    let page = Page { after, limit: 100 };
    match log.list_kept_ends(page).await.unwrap() {
        EndsPage::Collected => None,
        EndsPage::Listed(ends) => Some(ends.iter().map(|(cursor, _)| cursor.unwrap()).collect()),
    }
}

/// Waits for this many ends after a cursor. On PostgreSQL the transactions of other tests delay them.
async fn wait_for_ends(log: &SqlSagaLog, after: Option<EndCursor>, count: usize) -> Vec<EndCursor> {
    for _ in 0..1_500 {
        let ends = ends_after(log, after).await.expect("nothing was deleted");
        if ends.len() == count {
            return ends;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there never were {count} ends");
}

async fn r23_a_reader_that_missed_deleted_ends_is_told_so(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    ended(&log, epoch, 1..=3).await;
    let first = wait_for_ends(&log, None, 3).await;
    ended(&log, epoch, 4..=6).await;
    // The watermark is raised to a mark that is made when all six have ended.
    raise(&log, epoch, 4, None).await;
    collect(&log, 100).await;
    assert_eq!(ends_after(&log, first.last().copied()).await, None);
    assert_eq!(ends_after(&log, Some(first[0])).await, None);
    // Who begins anew sees what is left, and who has read everything goes on.
    let left = wait_for_ends(&log, None, 3).await;
    assert_eq!(
        left.iter().map(|end| end.saga).collect::<Vec<_>>(),
        [id(4), id(5), id(6)]
    );
    let last = left.last().copied();
    assert_eq!(ends_after(&log, last).await, Some(vec![]));
    ended(&log, epoch, 7..=7).await;
    assert_eq!(wait_for_ends(&log, last, 1).await[0].saga, id(7));
}

/// On SQLite the position of an end is the one after the last end of the epoch, which must not be deleted.
async fn r23_an_end_after_a_collection_comes_after_every_cursor(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let starts: Vec<_> = (1..=3).map(|n| start(n, &n.to_string(), None)).collect();
    append(&log, epoch, &starts).await;
    // The youngest saga ends first.
    append(&log, epoch, &[end(3)]).await;
    append(&log, epoch, &[end(2)]).await;
    append(&log, epoch, &[end(1)]).await;
    let last = wait_for_ends(&log, None, 3).await[2];
    raise(&log, epoch, 3, Some(3)).await;
    let deleted = collect(&log, 100).await;
    // On SQLite the first saga ended last. It stays, and so does what comes after it.
    let expected = match databases.engine() {
        Engine::Sqlite => 0,
        Engine::Postgres => 2,
    };
    assert_eq!(deleted, expected);
    ended(&log, epoch, 4..=4).await;
    let next = wait_for_ends(&log, Some(last), 1).await[0];
    assert!(next.position > last.position, "{next} {last}");
    assert_eq!(deleted + collect(&log, 100).await, 2);
}

async fn r23_a_takeover_after_a_collection_finds_the_open_sagas_and_the_newest(
    databases: &Databases,
) {
    let (log, epoch) = log(databases).await;
    ended(&log, epoch, 1..=6).await;
    append(&log, epoch, &[start(7, "open", None)]).await;
    ended(&log, epoch, 8..=9).await;
    raise(&log, epoch, 7, Some(7)).await;
    collect(&log, 100).await;
    let next = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await);
    let epoch = next.take_over().await.unwrap();
    let page = Page {
        after: None,
        limit: 100,
    };
    let open = next.list(StatusFilter::Pending, page).await.unwrap();
    assert_eq!(
        open.iter().map(stored_id).collect::<Vec<_>>(),
        [Some(id(7))]
    );
    assert_eq!(next.head().await.unwrap().newest, Some(id(9)));
    let replies = [start(10, "open", None), start(11, "free", None)];
    let replies = append(&next, epoch, &replies).await;
    assert_eq!(replies, [LogReply::Locked(id(7)), LogReply::Started]);
    append(&next, epoch, &[end(7), end(11)]).await;
    let progress = next.raise_watermark(epoch).await.unwrap();
    assert_eq!((progress.watermark, progress.ended), (Some(id(11)), 2));
    // The newest saga always stays: later ids are above it.
    raise(&next, epoch, 11, Some(11)).await;
    collect(&next, 100).await;
    assert_eq!(next.head().await.unwrap().newest, Some(id(11)));
}

async fn r23_a_saga_whose_lock_cannot_be_read_holds_the_watermark(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    ended(&log, epoch, 1..=2).await;
    append(&log, epoch, &[start(3, "open", None)]).await;
    ended(&log, epoch, 4..=5).await;
    let id_3 = "id = '00000000-0000-0000-0000-000000000003'";
    let allow_null = "ALTER TABLE sagas ALTER COLUMN subject DROP NOT NULL";
    by_hand(databases, "UPDATE sagas SET kind = kind", allow_null).await;
    let no_text = format!("UPDATE sagas SET subject = x'ff' WHERE {id_3}");
    let null = format!("UPDATE sagas SET subject = NULL WHERE {id_3}");
    by_hand(databases, &no_text, &null).await;
    let next = SqlSagaLog::new(databases.open(SAGA_LOG_SCHEMA).await).mark_every(1);
    let epoch = next.take_over().await.unwrap();
    ended(&next, epoch, 6..=8).await;
    let progress = next.raise_watermark(epoch).await.unwrap();
    assert_eq!((progress.watermark, progress.ended), (Some(id(3)), 3));
    // Somebody repairs it, and the saga ends as any other.
    let repair = format!("UPDATE sagas SET subject = 'open' WHERE {id_3}");
    by_hand(databases, &repair, &repair).await;
    let changed = append(&next, epoch, &[end(3)]).await;
    assert_eq!(changed, [LogReply::Changed]);
    let progress = next.raise_watermark(epoch).await.unwrap();
    assert_eq!((progress.watermark, progress.ended), (Some(id(8)), 4));
}
