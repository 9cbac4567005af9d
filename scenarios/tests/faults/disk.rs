//! Disks that are full, or fail, under the real SQLite.

use likewise_sim::{
    plan::{Action, CommitPoint, Fault, Host, MessageKind, Operation, single},
    record::{EventKind, Outcome},
};

use crate::{asked, count, did, first, one_like, struck};

fn rolled_back(kind: &EventKind) -> bool {
    matches!(kind, EventKind::RolledBack { .. })
}

fn record_made() -> CommitPoint {
    CommitPoint::before(Host::User, "steps", 1)
}

#[test]
fn a_full_disk_takes_nothing_and_the_step_is_done_when_there_is_room() {
    let full = Fault::DiskFull {
        host: Host::User,
        millis: 1_000,
    };
    let record = one_like(record_made(), full);
    let why = |kind: &EventKind| matches!(kind, EventKind::RolledBack { why, .. } if why.contains("full"));
    assert!(count(&record, why) >= 1);
    assert!(asked(&record, Host::User) >= 2);
    assert_eq!(did(&record, Host::User), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn a_broken_disk_acknowledges_nothing() {
    let broken = Fault::DiskError {
        host: Host::User,
        millis: 1_000,
    };
    let record = one_like(record_made(), broken);
    assert!(count(&record, rolled_back) >= 1);
    assert_eq!(did(&record, Host::User), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn a_saga_log_on_a_full_disk_starts_no_saga_that_it_would_forget() {
    let full = Fault::DiskFull {
        host: Host::Coordinator,
        millis: 2_000,
    };
    let mut plan = single(Action::Like, false)
        .with_fault(CommitPoint::before(Host::Coordinator, "saga-log", 1), full);
    plan.workload[0].retries = 30;
    let record = struck(&plan);
    assert!(count(&record, rolled_back) >= 1);
    let eased = first(&record, |kind| matches!(kind, EventKind::Expired { .. }));
    let asked = first(&record, |kind| {
        matches!(
            kind,
            EventKind::Sent {
                to: Host::Article,
                what: MessageKind::Do,
                ..
            }
        )
    });
    assert!(
        asked > eased,
        "nothing is asked for before the saga is in the log"
    );
}

#[test]
fn a_service_that_is_killed_while_its_disk_fails_comes_back_with_what_it_acknowledged() {
    let broken = Fault::DiskError {
        host: Host::User,
        millis: 1_500,
    };
    let crash = Fault::Crash {
        host: Host::User,
        down_millis: 100,
    };
    let plan = single(Action::Like, false)
        .with_operation(Operation::new(2, Action::Like, 1, 300))
        .with_fault(CommitPoint::before(Host::User, "steps", 2), broken)
        .with_fault(CommitPoint::before(Host::User, "steps", 3), crash);
    let record = struck(&plan);
    assert_eq!(record.sagas.completed, 2);
}
