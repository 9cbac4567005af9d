//! The audit: an order is in force because its entry is in the log.

use likewise_saga::{
    log::{
        AuditEntry, AuditFilter, Direction, LogEntry, LogError, LogReply, Operation, OperationLog,
        Order, PauseOf, SagaLog, SqlSagaLog,
    },
    protocol::Status,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    common::{Databases, on_both_engines},
    saga_log_fixture::{NOW, append, change, id, log, start},
};

on_both_engines! {
    r16_an_order_is_written_once_under_its_epoch_and_is_in_force_for_every_later_leader
    r16_an_order_about_a_saga_that_has_left_its_status_is_not_written
    r16_the_end_of_an_order_is_written_with_the_status_or_not_at_all
    a_leader_of_a_log_without_orders_need_not_read_them
}

fn order(number: u128, order: Order) -> Operation {
    Operation {
        based_on: None,
        id: Uuid::from_u128(number),
        order,
        actor: "ann".to_owned(),
        reason: "it is \"stuck\"".to_owned(),
        batch: None,
        before: json!({"status": "running"}),
        after: json!({"directive": "abort"}),
        truth: json!({"steps": []}),
    }
}

fn abort(saga: u128) -> Order {
    let direction = Direction::Abort;
    Order::Direct {
        saga: id(saga),
        direction,
    }
}

async fn audit(log: &SqlSagaLog) -> Vec<AuditEntry> {
    let filter = AuditFilter {
        limit: 100,
        ..AuditFilter::default()
    };
    log.audit(&filter).await.expect("the audit")
}

async fn r16_an_order_is_written_once_under_its_epoch_and_is_in_force_for_every_later_leader(
    databases: &Databases,
) {
    let (log, stale) = log(databases).await;
    append(&log, stale, &[start(1, "a", None), start(2, "b", None)]).await;
    let first = order(1, abort(1));
    assert_eq!(log.operate(stale, NOW, &first).await.unwrap(), Some(1));
    // As after a commit that was not confirmed.
    assert_eq!(log.operate(stale, NOW, &first).await.unwrap(), Some(1));
    let pause = order(2, Order::Pause(PauseOf::Service("user".to_owned())));
    assert_eq!(log.operate(stale, NOW, &pause).await.unwrap(), Some(2));

    let epoch = log.take_over().await.unwrap();
    let late = log.operate(stale, NOW, &order(3, abort(2))).await;
    assert!(matches!(late, Err(LogError::Fenced { .. })), "{late:?}");
    assert!(log.head().await.unwrap().has_orders);
    let open = log.open_orders().await.unwrap();
    assert_eq!(open.direction(id(1)), Some(Direction::Abort));
    assert_eq!(open.direction(id(2)), None);
    assert!(open.is_paused(&PauseOf::Service("user".to_owned())));

    let resume = order(4, Order::Resume(PauseOf::Service("user".to_owned())));
    assert_eq!(log.operate(epoch, NOW, &resume).await.unwrap(), Some(3));
    let open = log.open_orders().await.unwrap();
    assert!(!open.is_paused(&PauseOf::Service("user".to_owned())));
    let entries = audit(&log).await;
    let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["abort", "pause", "resume"]);
    let AuditEntry { reason, truth, .. } = &entries[0];
    assert_eq!(
        (reason.as_str(), truth),
        ("it is \"stuck\"", &json!({"steps": []}))
    );
    let of_saga = AuditFilter {
        saga: Some(id(1)),
        limit: 100,
        ..AuditFilter::default()
    };
    assert_eq!(log.audit(&of_saga).await.unwrap(), entries[..1]);
    let newest = async |saga, before| {
        let filter = AuditFilter {
            saga,
            limit: 2,
            before: Some(before),
            ..AuditFilter::default()
        };
        let newest = log.audit(&filter).await.expect("the audit");
        let numbers = newest.iter().map(|entry| entry.number);
        numbers.collect::<Vec<_>>()
    };
    assert_eq!(newest(None, i64::MAX).await, [3, 2]);
    assert_eq!(newest(None, 2).await, [1]);
    assert_eq!(newest(Some(id(1)), i64::MAX).await, [1]);
}

async fn r16_an_order_about_a_saga_that_has_left_its_status_is_not_written(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[start(1, "a", None), start(2, "b", None)]).await;
    let based_on = |number, saga, status| Operation {
        based_on: Some((id(saga), status)),
        ..order(number, abort(saga))
    };
    let first = based_on(1, 1, Status::Running);
    assert_eq!(log.operate(epoch, NOW, &first).await.unwrap(), Some(1));
    append(
        &log,
        epoch,
        &[change(1, Status::Running, Status::Completed)],
    )
    .await;
    let late = based_on(2, 1, Status::Running);
    assert_eq!(log.operate(epoch, NOW, &late).await.unwrap(), None);
    // It was written before the saga moved, and its commit was not confirmed.
    assert_eq!(log.operate(epoch, NOW, &first).await.unwrap(), Some(1));
    let other = based_on(3, 2, Status::Running);
    assert_eq!(log.operate(epoch, NOW, &other).await.unwrap(), Some(2));
    let unknown = based_on(4, 9, Status::Running);
    assert_eq!(log.operate(epoch, NOW, &unknown).await.unwrap(), None);
    assert_eq!(audit(&log).await.len(), 2);
}

fn ordered(entry: LogEntry) -> LogEntry {
    let LogEntry::StatusChange(mut change) = entry else {
        panic!("a change");
    };
    change.ordered = Some(Direction::Abort);
    LogEntry::StatusChange(change)
}

async fn r16_the_end_of_an_order_is_written_with_the_status_or_not_at_all(databases: &Databases) {
    let (log, stale) = log(databases).await;
    append(&log, stale, &[start(1, "a", None), start(2, "b", None)]).await;
    log.operate(stale, NOW, &order(1, abort(1))).await.unwrap();
    let undone = ordered(change(1, Status::Running, Status::Compensating));
    let ended = change(2, Status::Running, Status::Completed);
    // One batch with both, and the change again after a commit that was not confirmed.
    let replies = append(&log, stale, &[undone.clone(), ended]).await;
    assert_eq!(replies, [LogReply::Changed, LogReply::Changed]);
    assert_eq!(append(&log, stale, &[undone]).await, [LogReply::Lost]);
    let entries = audit(&log).await;
    assert_eq!(entries.len(), 2, "{entries:#?}");
    let settled = &entries[1];
    assert_eq!(
        (settled.action.as_str(), settled.target.as_str()),
        ("settled", &*id(1).to_string())
    );
    assert_eq!(settled.after, json!({"status": "compensating"}));
    assert_eq!(settled.truth["steps"][0]["state"], "done");

    let epoch = log.take_over().await.unwrap();
    append(&log, epoch, &[start(3, "c", None)]).await;
    let late = ordered(change(3, Status::Running, Status::Compensating));
    assert!(log.append(stale, NOW, &[late]).await.is_err());
    assert_eq!(audit(&log).await.len(), 2);
}

async fn a_leader_of_a_log_without_orders_need_not_read_them(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let head = log.head().await.unwrap();
    assert_eq!((head.newest, head.has_orders), (None, false));
    let pause = Order::Pause(PauseOf::Kind("like".to_owned()));
    log.operate(epoch, NOW, &order(1, pause)).await.unwrap();
    let head = log.head().await.unwrap();
    assert_eq!((head.newest, head.has_orders), (None, true));
    append(&log, epoch, &[start(7, "a", None)]).await;
    assert_eq!(log.head().await.unwrap().newest, Some(id(7)));
}
