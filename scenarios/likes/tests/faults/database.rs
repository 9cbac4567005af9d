//! Databases that are unavailable, slow or busy, and connections that break around a commit.
//!
//! The tests differ in what an error tells the service. *Absent* means that nothing was done, so the service may say
//! so. *Unknown* means that the commit may have happened, so only the barrier's row can tell, at the next attempt.

use likewise_sim_likes::{
    Action,
    names::{LIKE, USER},
    operation, single,
};
use likewise_world::{
    plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint, Plan},
    record::{EventKind, Outcome, RunRecord},
};

use crate::{commits, count, first, one_like, requests, run_with_faults};

fn record_commit(kind: fn(Host, &str, u32) -> CommitPoint) -> CommitPoint {
    kind(USER, "steps", 1)
}

fn record_request() -> MessagePoint {
    MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1)
}

fn rolled_back(kind: &EventKind) -> bool {
    matches!(kind, EventKind::RolledBack { .. })
}

/// The error is *absent*: the service may say that nothing was done.
#[test]
fn a_connection_lost_before_the_commit_leaves_no_effect_and_the_step_is_retried() {
    let record = one_like(record_commit(CommitPoint::before), Fault::LoseConnection);
    assert!(count(&record, rolled_back) >= 1);
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

/// The error is *unknown*. A service that called it a failure would make the coordinator compensate a step that is
/// done.
#[test]
fn after_a_connection_lost_after_the_commit_the_barrier_answers_the_retry() {
    let record = one_like(record_commit(CommitPoint::after), Fault::LoseConnection);
    let unknown = |kind: &EventKind| matches!(kind, EventKind::Replied { status: 500.., .. });
    assert!(
        count(&record, unknown) >= 1,
        "the service answers that the outcome is unknown"
    );
    assert!(requests(&record, USER) >= 2);
    assert_eq!(
        commits(&record, USER),
        1,
        "the lost commit had taken effect"
    );
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

/// The row may be there although the append failed. If nobody looked, it would hold its lock until the next scan.
#[test]
fn a_saga_whose_start_is_in_doubt_is_looked_up_and_ends() {
    let saga_row = CommitPoint::after(Host::COORDINATOR, "saga-log", 1);
    let record = one_like(saga_row, Fault::LoseConnection);
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

/// Another program holds SQLite's write lock, such as a backup.
#[test]
fn a_busy_database_refuses_writes_until_the_lock_is_free() {
    let busy = Fault::Busy {
        host: USER,
        millis: 1_000,
    };
    let record = one_like(record_request(), busy);
    let unlocked = first(&record, |kind| matches!(kind, EventKind::Expired { .. }));
    let commit = record.events.iter().find(|event| {
        event.host == USER
            && matches!(event.kind, EventKind::Committed { .. })
            && event.at_micros >= unlocked
    });
    assert!(commit.is_some(), "the record is made when the lock is free");
    assert_eq!(record.sagas.completed, 1);
}

/// A request that got no connection did nothing, so it may be repeated without a doubt.
#[test]
fn an_exhausted_pool_is_a_retryable_error() {
    let exhausted = Fault::PoolExhausted {
        host: USER,
        millis: 1_000,
    };
    let record = one_like(record_request(), exhausted);
    let refused = |kind: &EventKind| matches!(kind, EventKind::Replied { status: 503, .. });
    assert!(count(&record, refused) >= 1, "the service answers 503");
    assert_eq!(record.sagas.completed, 1);
}

/// The outage is longer than the deadline. The saga then no longer knows whether its step happened, and must ask
/// before it decides.
#[test]
fn a_saga_ends_after_an_outage_of_a_participants_database() {
    let outage = Fault::Outage {
        host: USER,
        millis: 10_000,
    };
    let record = one_like(record_request(), outage);
    let seal = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::Sent {
                what: MessageKind::SEAL,
                ..
            }
        )
    };
    assert!(
        count(&record, seal) >= 1,
        "after its deadline the saga seals its steps"
    );
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

/// It cannot start a saga, so it must refuse, and not promise.
#[test]
fn a_coordinator_without_its_database_answers_503() {
    let outage = Fault::Outage {
        host: Host::COORDINATOR,
        millis: 2_000,
    };
    let like = MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let record = one_like(like, outage);
    let unavailable = |kind: &EventKind| matches!(kind, EventKind::Replied { status: 503, .. });
    assert!(count(&record, unavailable) >= 1);
}

/// The first attempt is done in spite of its time-out. The second one is answered from the row.
#[test]
fn a_slow_database_only_makes_an_attempt_time_out() {
    let slow = Fault::SlowDatabase {
        host: USER,
        extra_millis: 700,
        millis: 1_000,
    };
    let record = one_like(record_request(), slow);
    assert!(
        requests(&record, USER) >= 2,
        "the first answer comes after the time-out"
    );
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.sagas.completed, 1);
}

/// Six likes begin together, so their steps share a batch.
fn six_likes() -> Plan {
    let users = 2..=6;
    users.fold(single(Action::Like, false), |plan, user| {
        plan.with_operation(operation(user, Action::Like, 1, 0))
    })
}

/// The commit of a batch with at least this many items: how many commits of this name were before it, and its items.
fn batch(record: &RunRecord, host: Host, name: &str, table: &str, least: usize) -> (u32, usize) {
    let sizes = record.events.iter().filter_map(|event| match &event.kind {
        EventKind::Committed { what, changes } if event.host == host && what == name => Some(
            changes
                .iter()
                .filter(|change| change.table == table)
                .count(),
        ),
        _ => None,
    });
    let mut numbered = (1_u32..).zip(sizes);
    numbered
        .find(|(_, size)| *size >= least)
        .expect("there is a batch")
}

/// The database refuses one row of a batch for a while, as a constraint or a damaged index does. The others commit at once.
#[test]
fn one_item_of_a_batch_fails_and_the_others_are_done() {
    let clean = run_with_faults(&six_likes());
    for (host, name, table) in [
        (Host::COORDINATOR, "saga-log", "sagas"),
        (USER, "steps", "barrier"),
    ] {
        let (nth, size) = batch(&clean, host, name, table, 3);
        let refused = Fault::RefusedRow {
            item: 2,
            millis: 1_000,
        };
        let plan = six_likes().with_fault(CommitPoint::before(host, name, nth), refused);
        let record = run_with_faults(&plan);
        let fails = first(&record, |kind| matches!(kind, EventKind::Injected { .. }));
        let ends = first(&record, |kind| matches!(kind, EventKind::Expired { .. }));
        let during = record
            .events
            .iter()
            .filter(|event| (fails..ends).contains(&event.at_micros));
        let items = |kind: &EventKind| match kind {
            EventKind::Committed { what, changes } if what == name => changes
                .iter()
                .filter(|change| change.table == table)
                .count(),
            _ => 0,
        };
        let done: usize = during
            .filter(|event| event.host == host)
            .map(|event| items(&event.kind))
            .sum();
        assert!(
            done >= size - 1,
            "{host}: {done} of {size} were done while one was refused"
        );
        assert!(
            count(&record, rolled_back) >= 2,
            "{host}: the batch, and the item alone"
        );
        assert_eq!(record.operations[&Outcome::Ok], 6, "{host}");
    }
}
