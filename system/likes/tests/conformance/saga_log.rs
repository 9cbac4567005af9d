//! The saga log: a started saga is stored, status changes are compare-and-set, and a stale epoch writes nothing.

use likewise_saga::{
    log::{LogEntry, LogError, LogReply, SagaLog, StatusFilter, stored_id},
    protocol::{Outcome, Status, StepState},
    store::Page,
    time::Timestamp,
};
use serde_json::json;

use crate::{
    common::{Databases, on_both_engines},
    saga_log_fixture::{NOW, append, change, id, log, saga, start},
};

on_both_engines! {
    r04_a_started_saga_is_stored_with_its_arguments
    there_is_one_open_saga_per_lock_key
    r21_there_is_one_saga_per_request_key
    a_settled_start_is_stored_and_locks_nothing
    a_status_change_is_a_compare_and_set
    status_changes_of_a_batch_are_applied_before_its_starts
    starts_of_one_batch_can_conflict_with_each_other
    an_existing_saga_is_not_started_again_by_a_batch_that_starts_another
    a_stale_epoch_writes_nothing
    sagas_are_listed_by_age_page_by_page
    an_empty_batch_changes_nothing
}

/// Recovery has nothing but this row, so every column is compared.
async fn r04_a_started_saga_is_stored_with_its_arguments(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    assert_eq!(
        append(&log, epoch, &[start(1, "a", Some("k"))]).await,
        [LogReply::Started]
    );
    let row = log.find(id(1)).await.unwrap().expect("the saga").unwrap();
    assert_eq!(row.args, json!({ "number": 7, "text": "ü" }).into());
    assert_eq!((row.kind.as_str(), row.lock_key.as_str()), ("like", "a"));
    assert_eq!(
        (row.status, row.parked, row.epoch),
        (Status::Running, false, epoch)
    );
    assert_eq!(
        (row.fingerprint, row.request_key.as_deref()),
        (i64::MIN, Some("k"))
    );
    assert_eq!(
        (row.created_at, row.deadline_at),
        (NOW, Timestamp(NOW.0 + 5))
    );
    assert_eq!((row.steps, row.outcome), (None, None));
    assert_eq!(log.find(id(2)).await.unwrap(), None);
}

/// A saga that compensates still holds its lock: its effects are not all gone.
async fn there_is_one_open_saga_per_lock_key(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[start(1, "a", None)]).await;
    let replies = append(&log, epoch, &[start(2, "a", None), start(3, "b", None)]).await;
    assert_eq!(replies, [LogReply::Locked(id(1)), LogReply::Started]);
    append(
        &log,
        epoch,
        &[change(1, Status::Running, Status::Compensating)],
    )
    .await;
    assert_eq!(
        append(&log, epoch, &[start(2, "a", None)]).await,
        [LogReply::Locked(id(1))]
    );
    append(
        &log,
        epoch,
        &[change(1, Status::Compensating, Status::Compensated)],
    )
    .await;
    assert_eq!(
        append(&log, epoch, &[start(2, "a", None)]).await,
        [LogReply::Started]
    );
}

/// The unique index is the second line behind the request lock, and holds between coordinators.
async fn r21_there_is_one_saga_per_request_key(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[start(1, "a", Some("k"))]).await;
    let joined = |replies: &[LogReply]| match replies {
        [LogReply::Joined(stored)] => {
            let row = stored.as_ref().as_ref().unwrap();
            (row.id, row.status)
        }
        other => panic!("{other:?}"),
    };
    let replies = append(&log, epoch, &[start(2, "a", Some("k"))]).await;
    assert_eq!(joined(&replies), (id(1), Status::Running));
    append(
        &log,
        epoch,
        &[change(1, Status::Running, Status::Completed)],
    )
    .await;
    let replies = append(&log, epoch, &[start(3, "b", Some("k"))]).await;
    assert_eq!(
        joined(&replies),
        (id(1), Status::Completed),
        "also after its end"
    );
    let found = log
        .find_by_key("k")
        .await
        .unwrap()
        .expect("the saga")
        .unwrap();
    assert_eq!(found.id, id(1));
    assert_eq!(log.find_by_key("other").await.unwrap(), None);
}

/// It exists only so that its key gets the same reply again.
async fn a_settled_start_is_stored_and_locks_nothing(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let outcome = Outcome::NoOp {
        code: "already_liked".to_owned(),
        found: json!({ "id": 1 }).into(),
    };
    let mut settled = saga(1, "a", Some("k"));
    settled.settled = Some(outcome.clone());
    append(&log, epoch, &[LogEntry::Start(settled)]).await;
    let row = log
        .find_by_key("k")
        .await
        .unwrap()
        .expect("the saga")
        .unwrap();
    assert_eq!(
        (row.status, row.outcome),
        (Status::Compensated, Some(outcome))
    );
    assert_eq!(
        append(&log, epoch, &[start(2, "a", None)]).await,
        [LogReply::Started]
    );
}

/// Two tasks of one saga, before and after a takeover, must not both decide its direction.
async fn a_status_change_is_a_compare_and_set(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[start(1, "a", None)]).await;
    let compensate = change(1, Status::Running, Status::Compensating);
    assert_eq!(
        append(&log, epoch, std::slice::from_ref(&compensate)).await,
        [LogReply::Changed]
    );
    let replies = append(
        &log,
        epoch,
        &[compensate, change(1, Status::Running, Status::Completed)],
    )
    .await;
    assert_eq!(replies, [LogReply::Lost, LogReply::Lost]);
    let row = log.find(id(1)).await.unwrap().expect("the saga").unwrap();
    assert_eq!(
        (row.status, row.parked, row.outcome),
        (Status::Compensating, true, None)
    );
    let steps = row.steps.expect("the step records");
    assert_eq!(
        (steps[0].attempts, &steps[0].state),
        (
            2,
            &StepState::Done {
                result: json!({ "likes": 3 }).into()
            }
        )
    );
    let replies = append(
        &log,
        epoch,
        &[change(9, Status::Running, Status::Completed)],
    )
    .await;
    assert_eq!(replies, [LogReply::Lost], "the saga does not exist");
}

async fn status_changes_of_a_batch_are_applied_before_its_starts(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[start(1, "a", None)]).await;
    let batch = [
        start(2, "a", None),
        change(1, Status::Running, Status::Completed),
    ];
    assert_eq!(
        append(&log, epoch, &batch).await,
        [LogReply::Started, LogReply::Changed]
    );
}

async fn starts_of_one_batch_can_conflict_with_each_other(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let batch = [
        start(1, "a", Some("k")),
        start(2, "b", Some("k")),
        start(3, "a", None),
    ];
    let replies = append(&log, epoch, &batch).await;
    assert_eq!(replies[0], LogReply::Started);
    assert!(
        matches!(&replies[1], LogReply::Joined(stored) if stored_id(stored) == Some(id(1))),
        "{replies:?}"
    );
    assert_eq!(replies[2], LogReply::Locked(id(1)));
}

async fn an_existing_saga_is_not_started_again_by_a_batch_that_starts_another(
    databases: &Databases,
) {
    let (log, epoch) = log(databases).await;
    let existing = start(1, "a", Some("k"));
    append(&log, epoch, std::slice::from_ref(&existing)).await;
    let replies = append(&log, epoch, &[existing, start(2, "b", None)]).await;
    assert!(
        matches!(&replies[0], LogReply::Joined(stored) if stored_id(stored) == Some(id(1))),
        "{replies:?}"
    );
    assert_eq!(replies[1], LogReply::Started);
}

async fn a_stale_epoch_writes_nothing(databases: &Databases) {
    let (log, stale) = log(databases).await;
    append(&log, stale, &[start(1, "a", None)]).await;
    let epoch = log.take_over().await.unwrap();
    assert!(epoch > stale);
    let batch = [
        change(1, Status::Running, Status::Completed),
        start(2, "b", None),
    ];
    let refused = log.append(stale, NOW, &batch).await.unwrap_err();
    assert!(
        matches!(refused, LogError::Fenced { epoch } if epoch == stale),
        "{refused}"
    );
    assert_eq!(
        log.find(id(1)).await.unwrap().unwrap().unwrap().status,
        Status::Running
    );
    assert_eq!(log.find(id(2)).await.unwrap(), None);
    assert_eq!(
        append(&log, epoch, &batch).await,
        [LogReply::Changed, LogReply::Started]
    );
    assert_eq!(
        log.find(id(1)).await.unwrap().unwrap().unwrap().epoch,
        epoch
    );
}

async fn sagas_are_listed_by_age_page_by_page(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let starts: Vec<LogEntry> = (1..=5)
        .rev()
        .map(|n| start(n, &n.to_string(), None))
        .collect();
    append(&log, epoch, &starts).await;
    append(
        &log,
        epoch,
        &[
            change(2, Status::Running, Status::Completed),
            change(3, Status::Running, Status::Compensating),
        ],
    )
    .await;
    append(
        &log,
        epoch,
        &[
            change(3, Status::Compensating, Status::Compensated),
            change(4, Status::Running, Status::Compensating),
        ],
    )
    .await;
    let list = |filter, after, limit| {
        let log = &log;
        async move {
            let rows = log.list(filter, Page { after, limit }).await.unwrap();
            rows.into_iter()
                .map(|row| row.unwrap().id)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(
        list(StatusFilter::All, None, 3).await,
        [id(1), id(2), id(3)]
    );
    assert_eq!(
        list(StatusFilter::All, Some(id(3)), 3).await,
        [id(4), id(5)]
    );
    assert_eq!(
        list(StatusFilter::Pending, None, 9).await,
        [id(1), id(4), id(5)]
    );
    assert_eq!(list(StatusFilter::Done, None, 9).await, [id(2)]);
    assert_eq!(list(StatusFilter::Failed, None, 9).await, [id(3)]);
}

async fn an_empty_batch_changes_nothing(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    assert_eq!(append(&log, epoch, &[]).await, []);
    log.ping().await.unwrap();
}
