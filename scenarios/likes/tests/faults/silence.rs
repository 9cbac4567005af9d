//! Parts that neither answer nor fail: databases that hang, connections that go silent, locks of others, refused
//! connections, withheld bodies.

use likewise_sim_likes::names::{ARTICLE, LIKE, USER};
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint, Plan, Side},
    record::{EventKind, Outcome, RunRecord},
};

use crate::{commits, count, first, one_like, requests, run_with_faults};

fn record_request() -> MessagePoint {
    MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1)
}

fn like_request() -> MessagePoint {
    MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, 1)
}

/// The times in milliseconds at which an operation was invoked and returned, and its outcome.
fn performed(record: &RunRecord, wanted: usize) -> (u64, u64, Outcome) {
    let invoked = first(
        record,
        |kind| matches!(kind, EventKind::Invoked { operation, .. } if *operation == wanted),
    );
    let returned = record.events.iter().find_map(|event| match event.kind {
        EventKind::Returned {
            operation, outcome, ..
        } if operation == wanted => Some((event.at_micros, outcome)),
        _ => None,
    });
    let (returned, outcome) = returned.expect("the operation returned");
    (invoked / 1_000, returned / 1_000, outcome)
}

/// A like of user 1 now, and one of user 2 later.
fn like_and_later_like(later_millis: u64) -> Plan {
    single(Action::Like, false).with_operation(operation(2, Action::Like, 1, later_millis))
}

#[test]
fn a_step_in_a_database_that_hangs_is_done_once_when_it_answers_again() {
    let hang = Fault::Hang {
        host: USER,
        millis: 2_000,
    };
    let record = one_like(record_request(), hang);
    assert!(requests(&record, USER) >= 2, "the step is retried");
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.sagas.completed + record.sagas.compensated, 1);
}

#[test]
fn while_the_saga_log_hangs_the_client_is_answered_in_time() {
    let hang = Fault::Hang {
        host: Host::COORDINATOR,
        millis: 20_000,
    };
    let record = one_like(like_request(), hang);
    let sent = first(&record, |kind| matches!(kind, EventKind::Invoked { .. }));
    let answered = first(&record, |kind| {
        matches!(kind, EventKind::Replied { status: 500.., .. })
    });
    let bound = record.plan.timing.answer_timeout();
    let delivery_micros = 100_000;
    assert!(u128::from(answered - sent) <= bound.as_micros() + delivery_micros);
}

#[test]
fn after_one_connection_goes_silent_likes_succeed_again_over_another() {
    for (host, what) in [
        (Host::COORDINATOR, "saga-log"),
        (ARTICLE, "steps"),
        (USER, "steps"),
    ] {
        for side in [Side::Before, Side::After] {
            let point = CommitPoint {
                side,
                ..CommitPoint::before(host, what, 1)
            };
            let plan = like_and_later_like(3_000).with_fault(point, Fault::SilentConnection);
            let record = run_with_faults(&plan);
            let (invoked, returned, outcome) = performed(&record, 1);
            assert_eq!(outcome, Outcome::Ok, "{host} {side:?}");
            assert!(returned - invoked < 500, "{host} {side:?}");
            let ended = record.sagas.completed + record.sagas.compensated;
            assert_eq!(ended, 2, "{host} {side:?}");
        }
    }
}

#[test]
fn while_new_connections_are_refused_writes_go_on_and_reads_get_a_503() {
    // Shorter than the retries of the client.
    let refused = Fault::TooManyClients {
        host: USER,
        millis: 250,
    };
    let record = one_like(like_request(), refused);
    let unavailable = |kind: &EventKind| matches!(kind, EventKind::Replied { status: 503, .. });
    assert!(count(&record, unavailable) >= 1);
    assert_eq!(record.operations[&Outcome::Ok], 1, "the client retries");
    let record = one_like(record_request(), refused);
    assert_eq!(requests(&record, USER), 1, "the step is a write");
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn a_lock_that_somebody_else_holds_delays_writes_and_no_reads() {
    let locked = Fault::OutsiderLock {
        host: USER,
        millis: 1_500,
    };
    let record = one_like(like_request(), locked);
    let locked = first(&record, |kind| matches!(kind, EventKind::Injected { .. }));
    let released = first(&record, |kind| matches!(kind, EventKind::Expired { .. }));
    let looked_up = record.events.iter().find(|event| {
        event.host == USER
            && event.at_micros > locked
            && matches!(event.kind, EventKind::Answered { status: 200, .. })
    });
    let looked_up = looked_up.expect("a lookup is answered").at_micros;
    assert!(looked_up < released, "under the lock");
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_client_that_withholds_its_body_delays_nobody_else() {
    let withheld = Fault::WithheldBody { millis: 10_000 };
    let record = run_with_faults(&like_and_later_like(50).with_fault(like_request(), withheld));
    let (invoked, returned, outcome) = performed(&record, 1);
    assert_eq!(outcome, Outcome::Ok);
    assert!(returned - invoked < 500);
    let failed = |kind: &EventKind| matches!(kind, EventKind::Failed { why, .. } if why.contains("withheld"));
    assert_eq!(count(&record, failed), 1, "the request was not completed");
}
