//! Full and failing disks under the real SQLite.
//!
//! The engine is the real one, so these tests show what it does after a write that failed. A stand-in would only do
//! what we expect of it.

use likewise_sim_likes::names::{ARTICLE, USER};
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{CommitPoint, Fault, Host, MessageKind},
    record::{EventKind, Outcome},
};

use crate::{commits, count, first, one_like, requests, run_with_faults};

fn rolled_back(kind: &EventKind) -> bool {
    matches!(kind, EventKind::RolledBack { .. })
}

fn record_commit() -> CommitPoint {
    CommitPoint::before(USER, "steps", 1)
}

/// SQLite reports a full disk at the commit or before. Neither may leave a part of the transaction.
#[test]
fn a_full_disk_stores_nothing_and_the_step_is_done_when_there_is_space() {
    let full = Fault::DiskFull {
        host: USER,
        millis: 1_000,
    };
    let record = one_like(record_commit(), full);
    let disk_full = |kind: &EventKind| matches!(kind, EventKind::RolledBack { why, .. } if why.contains("full"));
    assert!(count(&record, disk_full) >= 1);
    assert!(requests(&record, USER) >= 2);
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

/// A write may fail after it has reached the disk, so the service must not take the error for a rollback.
#[test]
fn a_failing_disk_acknowledges_nothing() {
    let failing = Fault::DiskError {
        host: USER,
        millis: 1_000,
    };
    let record = one_like(record_commit(), failing);
    assert!(count(&record, rolled_back) >= 1);
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

/// An action of a saga without a row could never be compensated after a crash.
#[test]
fn a_saga_log_on_a_full_disk_starts_no_saga_before_it_is_durable() {
    let full = Fault::DiskFull {
        host: Host::COORDINATOR,
        millis: 2_000,
    };
    let mut plan = single(Action::Like, false)
        .with_fault(CommitPoint::before(Host::COORDINATOR, "saga-log", 1), full);
    plan.workload[0].retries = 30;
    let record = run_with_faults(&plan);
    assert!(count(&record, rolled_back) >= 1);
    let space_again = first(&record, |kind| matches!(kind, EventKind::Expired { .. }));
    let first_request = first(&record, |kind| {
        matches!(
            kind,
            EventKind::Sent {
                to: ARTICLE,
                what: MessageKind::DO,
                ..
            }
        )
    });
    assert!(
        first_request > space_again,
        "no action is sent before the saga is in the log"
    );
}

/// The next process may find a write-ahead log that ends in the middle of a transaction.
#[test]
fn a_service_killed_while_its_disk_fails_keeps_what_it_acknowledged() {
    let failing = Fault::DiskError {
        host: USER,
        millis: 1_500,
    };
    let crash = Fault::Crash {
        host: USER,
        down_millis: 100,
    };
    let plan = single(Action::Like, false)
        .with_operation(operation(2, Action::Like, 1, 300))
        .with_fault(CommitPoint::before(USER, "steps", 2), failing)
        .with_fault(CommitPoint::before(USER, "steps", 3), crash);
    let record = run_with_faults(&plan);
    assert_eq!(record.sagas.completed, 2);
}
