//! Databases that are away, slow or busy, and connections that break around a commit.

use likewise_sim::{
    plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint},
    record::{EventKind, Outcome},
};

use crate::{asked, count, did, first, one_like};

fn record_made(kind: fn(Host, &str, u32) -> CommitPoint) -> CommitPoint {
    kind(Host::User, "steps", 1)
}

fn record_asked_for() -> MessagePoint {
    MessagePoint::request(Host::Coordinator, Host::User, MessageKind::Do, 1)
}

fn rolled_back(kind: &EventKind) -> bool {
    matches!(kind, EventKind::RolledBack { .. })
}

#[test]
fn a_connection_lost_before_the_commit_leaves_nothing_and_the_step_is_asked_for_again() {
    let record = one_like(record_made(CommitPoint::before), Fault::LoseConnection);
    assert!(count(&record, rolled_back) >= 1);
    assert_eq!(did(&record, Host::User), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn a_connection_lost_after_the_commit_leaves_doubt_and_the_barrier_settles_it() {
    let record = one_like(record_made(CommitPoint::after), Fault::LoseConnection);
    let broken = |kind: &EventKind| matches!(kind, EventKind::Replied { status: 500.., .. });
    assert!(
        count(&record, broken) >= 1,
        "the service says that it does not know"
    );
    assert!(asked(&record, Host::User) >= 2);
    assert_eq!(did(&record, Host::User), 1, "it had been done");
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn a_saga_row_of_unknown_fate_is_looked_up_before_anything_is_answered() {
    let saga_row = CommitPoint::after(Host::Coordinator, "saga-log", 1);
    let record = one_like(saga_row, Fault::LoseConnection);
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

#[test]
fn a_busy_database_refuses_writes_until_the_other_writer_is_done() {
    let busy = Fault::Busy {
        host: Host::User,
        millis: 1_000,
    };
    let record = one_like(record_asked_for(), busy);
    let eased = first(&record, |kind| matches!(kind, EventKind::Expired { .. }));
    let made = record.events.iter().find(|event| {
        event.host == Host::User
            && matches!(event.kind, EventKind::Committed { .. })
            && event.at_micros >= eased
    });
    assert!(made.is_some(), "the record is made when the lock is free");
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn an_exhausted_pool_is_a_retryable_error_and_no_hang() {
    let exhausted = Fault::PoolExhausted {
        host: Host::User,
        millis: 1_000,
    };
    let record = one_like(record_asked_for(), exhausted);
    let refused = |kind: &EventKind| matches!(kind, EventKind::Replied { status: 503, .. });
    assert!(
        count(&record, refused) >= 1,
        "the service says that it is exhausted"
    );
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_saga_outlives_an_outage_of_a_services_database() {
    let outage = Fault::Outage {
        host: Host::User,
        millis: 10_000,
    };
    let record = one_like(record_asked_for(), outage);
    let seal = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::Sent {
                what: MessageKind::Seal,
                ..
            }
        )
    };
    assert!(
        count(&record, seal) >= 1,
        "past its deadline the saga asks what happened"
    );
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

#[test]
fn a_coordinator_whose_database_is_away_answers_unavailable() {
    let outage = Fault::Outage {
        host: Host::Coordinator,
        millis: 2_000,
    };
    let like = MessagePoint::request(Host::Clients, Host::Coordinator, MessageKind::Like, 1);
    let record = one_like(like, outage);
    let unavailable = |kind: &EventKind| matches!(kind, EventKind::Replied { status: 503, .. });
    assert!(count(&record, unavailable) >= 1);
}

#[test]
fn a_slow_database_makes_an_attempt_time_out_and_changes_nothing_else() {
    let slow = Fault::SlowDatabase {
        host: Host::User,
        extra_millis: 700,
        millis: 1_000,
    };
    let record = one_like(record_asked_for(), slow);
    assert!(
        asked(&record, Host::User) >= 2,
        "the first answer came too late"
    );
    assert_eq!(did(&record, Host::User), 1);
    assert_eq!(record.sagas.completed, 1);
}
