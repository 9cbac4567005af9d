//! R15: the alerts in the saga log, and their deliveries.

use futures::FutureExt;
use likewise_saga::{
    alerts::{
        Alert, AlertId, AlertKind, Attempt, Deliveries, Delivery, DeliveryState, Pending, Resend,
        Resent,
    },
    id::Epoch,
    log::{
        AuditEntry, AuditFilter, LogEntry, LogError, LogReply, OpenOrders, OperationLog,
        SAGA_LOG_SCHEMA, SagaLog, SqlSagaLog,
    },
    protocol::Status,
    store::{Page, Sql},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    common::{Databases, on_both_engines},
    saga_log_fixture::{NOW, append, change, id, log, start},
};

on_both_engines! {
    r15_a_mark_and_its_alert_are_written_together_and_once
    r15_without_its_alert_no_saga_is_marked
    r15_a_saga_that_is_undone_while_parked_has_one_alert
    r15_the_end_of_a_parked_saga_is_told_and_no_other
    r15_a_stale_leader_writes_no_alert_and_notes_no_attempt
    r15_an_attempt_is_noted_once
    r15_a_delivery_is_sent_again_by_hand_unless_it_is_pending
    r15_without_its_entry_in_the_audit_no_alert_is_sent_again
    r15_old_alerts_are_deleted_and_pending_ones_kept
    r15_deliveries_are_listed_page_by_page
}

/// More than a millisecond before.
const BEFORE: Timestamp = Timestamp(NOW.0 - 1_001);
const LATER: Timestamp = Timestamp(NOW.0 + 9);
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

async fn listed(log: &SqlSagaLog, state: Option<DeliveryState>) -> Vec<Delivery> {
    let page = Page {
        after: None,
        limit: 500,
    };
    log.list_alerts(state, page).await.unwrap()
}

/// The alerts, the oldest first.
async fn alerts(log: &SqlSagaLog) -> Vec<Alert> {
    let listed = listed(log, None).await.into_iter().rev();
    listed.map(|delivery| delivery.alert).collect()
}

async fn parked(log: &SqlSagaLog, epoch: Epoch, number: u128, at: Timestamp) {
    append(log, epoch, &[start(number, &number.to_string(), None)]).await;
    log.park(epoch, at, id(number), "why").await.unwrap();
}

/// The mark of a saga that keeps its status.
fn mark(number: u128, reason: &str) -> LogEntry {
    let LogEntry::StatusChange(mut mark) = change(number, Status::Running, Status::Running) else {
        unreachable!("a change");
    };
    mark.parked = true;
    mark.reason = Some(reason.into());
    LogEntry::StatusChange(mark)
}

/// The end of a saga that was parked.
fn recovery(number: u128, from: Status, to: Status) -> LogEntry {
    let LogEntry::StatusChange(mut end) = change(number, from, to) else {
        unreachable!("a change");
    };
    end.recovers = true;
    LogEntry::StatusChange(end)
}

fn attempt(delivery: &Delivery, state: DeliveryState) -> Attempt {
    let is_delivered = state == DeliveryState::Delivered;
    Attempt {
        alert: delivery.alert.id,
        attempts_before: delivery.attempts,
        state,
        next_attempt_at: Timestamp(LATER.0 + 1_000),
        status: Some(if is_delivered { 204 } else { 500 }),
        error: (!is_delivered).then(|| "the webhook\0answered".to_owned()),
        delivered_at: is_delivered.then_some(LATER),
    }
}

async fn r15_a_mark_and_its_alert_are_written_together_and_once(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let starts = [
        start(1, "a", None),
        start(2, "b", None),
        start(3, "c", None),
    ];
    append(&log, epoch, &starts).await;
    log.park(epoch, BEFORE, id(1), "cannot\0be read")
        .await
        .unwrap();
    // In one batch with others.
    let batch = [
        mark(2, "no answer"),
        start(4, "d", None),
        change(3, Status::Running, Status::Completed),
    ];
    let replies = append(&log, epoch, &batch).await;
    assert_eq!(
        replies,
        [LogReply::Changed, LogReply::Started, LogReply::Changed]
    );
    for again in [1, 2, 3, 9] {
        log.park(epoch, LATER, id(again), "again").await.unwrap();
    }
    append(&log, epoch, &[mark(2, "again")]).await;
    let told: Vec<_> = alerts(&log).await;
    let [first, second] = &told[..] else {
        panic!("{told:?}");
    };
    let expected = (id(1), AlertKind::Parked, "like", "a", "running");
    let shown = (
        first.saga,
        first.kind,
        &*first.saga_kind,
        &*first.subject,
        first.status,
    );
    assert_eq!(shown, expected);
    assert_eq!((first.parked_at, first.created_at), (BEFORE, BEFORE));
    assert_eq!(
        first.reason, "cannot be read",
        "no NUL, which PostgreSQL refuses"
    );
    assert_eq!((second.saga, &*second.reason), (id(2), "no answer"));
    assert!(first.id.0.get_version_num() == 7 && first.id != second.id);
    let delivery = listed(&log, Some(DeliveryState::Pending)).await.remove(0);
    assert_eq!((delivery.attempts, delivery.resends), (0, 0));
    let pending = log.pending().await.unwrap();
    assert_eq!((pending.count, pending.oldest), (2, Some(BEFORE)));
}

/// Both are one transaction: if one cannot be written, the other is not.
async fn r15_without_its_alert_no_saga_is_marked(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    append(&log, epoch, &[start(1, "a", None)]).await;
    by_hand(databases, "ALTER TABLE alert_deliveries RENAME TO hidden").await;
    let refused = log.park(epoch, LATER, id(1), "why").await.unwrap_err();
    assert!(matches!(refused, LogError::Store(_)), "{refused}");
    let refused = log.append(epoch, LATER, &[mark(1, "why")]).await;
    assert!(refused.is_err(), "{refused:?}");
    let row = log.find(id(1)).await.unwrap().unwrap().unwrap();
    assert!(!row.parked);
    by_hand(databases, "ALTER TABLE hidden RENAME TO alert_deliveries").await;
    assert_eq!(alerts(&log).await, []);
    log.park(epoch, LATER, id(1), "why").await.unwrap();
    assert_eq!(alerts(&log).await.len(), 1);
}

async fn r15_a_saga_that_is_undone_while_parked_has_one_alert(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    let starts = [start(1, "a", None), start(2, "b", None)];
    append(&log, epoch, &starts).await;
    append(&log, epoch, &[mark(1, "no answer")]).await;
    // Both changes carry the mark. Only the second saga had none before.
    let undo = |number| change(number, Status::Running, Status::Compensating);
    append(&log, epoch, &[undo(1), undo(2)]).await;
    append(&log, epoch, &[undo(1), undo(2)]).await;
    let told = alerts(&log).await;
    let mut told: Vec<_> = told.iter().map(|it| (it.saga, it.status)).collect();
    told.sort();
    assert_eq!(told, [(id(1), "running"), (id(2), "compensating")]);
}

async fn r15_the_end_of_a_parked_saga_is_told_and_no_other(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    parked(&log, epoch, 1, NOW).await;
    parked(&log, epoch, 2, NOW).await;
    append(&log, epoch, &[start(3, "c", None)]).await;
    let undo = change(2, Status::Running, Status::Compensating);
    append(&log, epoch, &[undo]).await;
    let ends = [
        recovery(1, Status::Running, Status::Completed),
        recovery(2, Status::Compensating, Status::Compensated),
        change(3, Status::Running, Status::Completed),
    ];
    let ended = log.append(epoch, LATER, &ends).await.unwrap();
    assert_eq!(
        ended,
        [LogReply::Changed, LogReply::Changed, LogReply::Changed]
    );
    // Its answer was lost.
    let again = log.append(epoch, LATER, &ends[..1]).await.unwrap();
    assert_eq!(again, [LogReply::Lost]);
    let told = alerts(&log).await.into_iter();
    let mut told: Vec<_> = told.filter(|it| it.kind == AlertKind::Recovered).collect();
    told.sort_by_key(|it| it.saga);
    let shown: Vec<_> = told
        .iter()
        .map(|it| (it.saga, it.status, &*it.reason))
        .collect();
    assert_eq!(
        shown,
        [
            (id(1), "completed", "the saga has completed"),
            (id(2), "compensated", "the saga was undone")
        ]
    );
    assert_eq!((told[0].parked_at, told[0].created_at), (NOW, LATER));
}

async fn r15_a_stale_leader_writes_no_alert_and_notes_no_attempt(databases: &Databases) {
    let (log, stale) = log(databases).await;
    parked(&log, stale, 1, NOW).await;
    append(&log, stale, &[start(2, "b", None)]).await;
    log.take_over().await.unwrap();
    let before = listed(&log, None).await;
    let fenced = |result: Result<(), LogError>| {
        let error = result.unwrap_err();
        assert!(matches!(error, LogError::Fenced { .. }), "{error}");
    };
    fenced(log.park(stale, LATER, id(2), "why").await);
    fenced(log.append(stale, LATER, &[mark(2, "why")]).await.map(drop));
    let end = recovery(1, Status::Running, Status::Completed);
    fenced(log.append(stale, LATER, &[end]).await.map(drop));
    fenced(
        log.note(stale, attempt(&before[0], DeliveryState::Delivered))
            .await,
    );
    let alert = before[0].alert.id;
    fenced(log.resend(stale, LATER, resend(1, alert)).await.map(drop));
    assert_eq!(audit(&log).await, []);
    fenced(log.collect_alerts(stale, alert).await.map(drop));
    assert_eq!(listed(&log, None).await, before);
}

async fn r15_an_attempt_is_noted_once(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    parked(&log, epoch, 1, NOW).await;
    let due = async |at: i64| log.due(Timestamp(at), 16).await.unwrap();
    // The clock of its writer was ahead. What was never sent waits for nothing.
    assert_eq!(due(NOW.0 - 1).await.len(), 1);
    let first = due(NOW.0).await.remove(0);
    let failed = attempt(&first, DeliveryState::Pending);
    for _ in 0..2 {
        log.note(epoch, failed.clone()).await.unwrap();
    }
    assert!(due(LATER.0).await.is_empty());
    // A clock that was set back by more than the pause after one failure.
    assert!(due(LATER.0 + 1_000 - 6_250_000).await.is_empty());
    assert_eq!(due(LATER.0 + 1_000 - 6_250_001).await.len(), 1);
    let second = due(LATER.0 + 1_000).await.remove(0);
    assert_eq!((second.attempts, second.last_status), (1, Some(500)));
    assert_eq!(second.last_error.as_deref(), Some("the webhook answered"));
    assert_eq!(second.alert, first.alert);
    let delivered = attempt(&second, DeliveryState::Delivered);
    log.note(epoch, delivered).await.unwrap();
    log.note(epoch, failed).await.unwrap();
    let last = listed(&log, Some(DeliveryState::Delivered)).await.remove(0);
    assert_eq!((last.attempts, last.delivered_at), (2, Some(LATER)));
    assert_eq!((last.last_status, last.last_error), (Some(204), None));
    assert_eq!(log.pending().await.unwrap(), Pending::default());
    assert!(due(NOW.0 + DAY).await.is_empty());
}

async fn r15_a_delivery_is_sent_again_by_hand_unless_it_is_pending(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    parked(&log, epoch, 1, NOW).await;
    let delivery = listed(&log, None).await.remove(0);
    let alert = delivery.alert.id;
    let resent = async |order| {
        let order = resend(order, alert);
        log.resend(epoch, LATER, order).await.unwrap()
    };
    assert_eq!(resent(1).await, Resent::WasPending);
    assert_eq!(audit(&log).await, [], "nothing was done");
    for (number, state) in [(1, DeliveryState::GivenUp), (2, DeliveryState::Delivered)] {
        let delivery = listed(&log, None).await.remove(0);
        log.note(epoch, attempt(&delivery, state)).await.unwrap();
        let Resent::Pending {
            delivery: again,
            audit: entry,
        } = resent(number).await
        else {
            panic!("not pending");
        };
        assert_eq!(entry, i64::try_from(number).unwrap());
        assert_eq!((again.state, again.attempts), (DeliveryState::Pending, 0));
        assert_eq!((again.next_attempt_at, again.delivered_at), (LATER, None));
        assert_eq!(again.alert, delivery.alert);
    }
    assert_eq!(listed(&log, None).await[0].resends, 2);
    let other = AlertId(id(99).0);
    let absent = log.resend(epoch, LATER, resend(9, other)).await.unwrap();
    assert_eq!(absent, Resent::Absent);
    let entries = audit(&log).await;
    let shown = entries
        .iter()
        .map(|it| (&*it.action, &*it.actor, &*it.reason, &*it.target));
    let saga = id(1).to_string();
    let expected = ("resend", "ann", "once more", &*saga);
    assert_eq!(shown.collect::<Vec<_>>(), [expected, expected]);
    assert!(log.open_orders().await.unwrap() == OpenOrders::default());
}

/// Both are one transaction: if one cannot be written, the other is not.
async fn r15_without_its_entry_in_the_audit_no_alert_is_sent_again(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    parked(&log, epoch, 1, NOW).await;
    let delivery = listed(&log, None).await.remove(0);
    let given_up = attempt(&delivery, DeliveryState::GivenUp);
    log.note(epoch, given_up).await.unwrap();
    let before = listed(&log, None).await;
    let order = resend(1, delivery.alert.id);
    by_hand(databases, "ALTER TABLE saga_audit RENAME TO hidden").await;
    let refused = log.resend(epoch, LATER, order.clone()).await.unwrap_err();
    assert!(matches!(refused, LogError::Store(_)), "{refused}");
    by_hand(databases, "ALTER TABLE hidden RENAME TO saga_audit").await;
    assert_eq!(listed(&log, None).await, before);
    log.resend(epoch, LATER, order).await.unwrap();
    assert_eq!(audit(&log).await.len(), 1);
}

fn resend(order: u128, alert: AlertId) -> Resend {
    Resend {
        alert,
        order: Uuid::from_u128(order),
        actor: "ann".to_owned(),
        reason: "once more".to_owned(),
    }
}

async fn audit(log: &SqlSagaLog) -> Vec<AuditEntry> {
    let filter = AuditFilter {
        limit: 100,
        ..AuditFilter::default()
    };
    log.audit(&filter).await.expect("the audit")
}

async fn r15_old_alerts_are_deleted_and_pending_ones_kept(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    for (number, day) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
        parked(&log, epoch, number, Timestamp(NOW.0 + day * DAY)).await;
    }
    // The newest first: the pending one is the second oldest.
    let all = listed(&log, None).await;
    for place in [0, 1, 3] {
        let settled = attempt(&all[place], DeliveryState::Delivered);
        log.note(epoch, settled).await.unwrap();
    }
    assert_eq!(log.collect_alerts(epoch, all[0].alert.id).await.unwrap(), 2);
    assert_eq!(log.collect_alerts(epoch, all[0].alert.id).await.unwrap(), 0);
    let left: Vec<_> = alerts(&log).await.iter().map(|it| it.saga).collect();
    assert_eq!(left, [id(2), id(4)]);
    // Without a webhook they are pending for ever. Those of more than 90 days go when another one is written.
    parked(&log, epoch, 5, Timestamp(NOW.0 + 92 * DAY)).await;
    let left: Vec<_> = alerts(&log).await.iter().map(|it| it.saga).collect();
    assert_eq!(left, [id(4), id(5)]);
}

async fn r15_deliveries_are_listed_page_by_page(databases: &Databases) {
    let (log, epoch) = log(databases).await;
    for number in 1..=5 {
        let at = Timestamp(NOW.0 + i64::try_from(number).unwrap() * 1_000);
        parked(&log, epoch, number, at).await;
    }
    let (mut after, mut sagas) = (None, Vec::new());
    loop {
        let page = log
            .list_alerts(None, Page { after, limit: 2 })
            .await
            .unwrap();
        sagas.extend(page.iter().map(|it| it.alert.saga));
        match page.last() {
            Some(last) => after = Some(last.alert.id),
            None => break,
        }
    }
    assert_eq!(sagas, [5, 4, 3, 2, 1].map(id));
    assert!(listed(&log, Some(DeliveryState::GivenUp)).await.is_empty());
}

async fn by_hand(databases: &Databases, text: &'static str) {
    let sql: &'static Sql = Box::leak(Box::new(Sql {
        name: "by_hand",
        sqlite: text,
        postgres: text,
    }));
    let database = databases.open(SAGA_LOG_SCHEMA).await;
    let changed = database.write("by-hand", move |tx| {
        async move { tx.execute(sql, []).await }.boxed()
    });
    changed.await.expect("the statement runs");
}
