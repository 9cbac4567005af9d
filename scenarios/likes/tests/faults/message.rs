//! Messages that are lost, repeated, delayed, reordered, truncated or forged.
//!
//! To the sender most of these look alike: there is no usable reply. It cannot know whether the step happened, so it
//! must do the same in every case, and the barrier's row must make that safe.

use likewise_sim_likes::names::{LIKE, USER};
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{Fault, Host, MessageKind, MessagePoint},
    record::{EventKind, Outcome},
};

use crate::{commits, count, first, one_like, requests, run_with_faults};

fn record_request() -> MessagePoint {
    MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1)
}

fn record_reply() -> MessagePoint {
    MessagePoint::reply(Host::COORDINATOR, USER, MessageKind::DO, 1)
}

fn repeated(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Repeated { .. })
}

/// The sender cannot tell the two apart. One commit in both cases shows that the barrier can.
#[test]
fn a_request_is_sent_again_if_it_or_its_reply_is_lost() {
    let request = one_like(record_request(), Fault::LoseRequest);
    let reply = one_like(record_reply(), Fault::LoseReply);
    for record in [request, reply] {
        assert!(requests(&record, USER) >= 2);
        assert_eq!(commits(&record, USER), 1);
        assert_eq!(record.operations[&Outcome::Ok], 1);
    }
}

/// A copy must get the same reply as the original, because the sender may see either.
#[test]
fn duplicates_of_a_request_are_answered_from_the_barrier_row() {
    let record = one_like(record_request(), Fault::Duplicate { copies: 3 });
    assert_eq!(count(&record, repeated), 3);
    assert_eq!(commits(&record, USER), 1);
    assert!(record.repeats_answered >= 3);
}

/// The retry is done first. The original is then a copy of a step that is done.
#[test]
fn a_delayed_request_arrives_after_its_own_retry() {
    let record = one_like(record_request(), Fault::Delay { millis: 900 });
    assert!(requests(&record, USER) >= 2);
    assert_eq!(
        count(&record, repeated),
        1,
        "it arrives after the sender gave up"
    );
    assert_eq!(commits(&record, USER), 1);
}

/// Ten seconds after the end nothing of the saga is in memory. Only the row can tell that the step is old.
#[test]
fn a_request_replayed_after_the_end_of_its_saga_changes_nothing() {
    let record = one_like(record_request(), Fault::ReplayLate { millis: 12_000 });
    let done = first(&record, |kind| matches!(kind, EventKind::Returned { .. }));
    let again = first(&record, repeated);
    assert!(again > done + 10_000_000);
    assert_eq!(commits(&record, USER), 1);
}

/// Requests of different sagas may overtake each other, so nothing may depend on their order.
#[test]
fn a_reordered_request_arrives_after_the_next_one() {
    // The two likes are of two users, and their steps are not in one batch.
    let plan = single(Action::Like, false)
        .with_operation(operation(2, Action::Like, 1, 30))
        .with_fault(record_request(), Fault::Reorder);
    let record = run_with_faults(&plan);
    let held = first(&record, |kind| matches!(kind, EventKind::Delayed { .. }));
    let users: Vec<i64> = record
        .events
        .iter()
        .filter(|event| event.host == USER && event.at_micros > held)
        .filter_map(|event| match &event.kind {
            EventKind::Committed { changes, .. } => changes
                .iter()
                .find(|change| change.table == "likes")
                .map(|change| change.row.integer("user_id").unwrap()),
            _ => None,
        })
        .collect();
    assert_eq!(users, [2, 1]);
    assert_eq!(record.operations[&Outcome::Ok], 2);
}

/// A service that applied the readable part of a batch would answer for steps that it never saw.
#[test]
fn a_truncated_request_is_refused_as_a_whole_and_sent_again() {
    let record = one_like(record_request(), Fault::Truncate { keep_percent: 50 });
    let refused = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::Replied {
                status: 400..500,
                ..
            }
        )
    };
    assert!(count(&record, refused) >= 1);
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(
        record.sagas.completed, 1,
        "the error is not a business refusal"
    );
}

/// Half of a list is no list, so nothing is known of the step.
#[test]
fn a_truncated_reply_counts_as_no_reply() {
    let record = one_like(record_reply(), Fault::Truncate { keep_percent: 50 });
    assert!(requests(&record, USER) >= 2);
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.sagas.completed, 1);
}

/// A proxy answers for a service that is down. The status says nothing about the step.
#[test]
fn a_forged_error_for_a_request_that_never_arrived_is_not_a_refusal() {
    let record = one_like(record_request(), Fault::Forge { status: 503 });
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.sagas.completed, 1);
}

/// The same error as above after the opposite event. The coordinator must do the same in both cases.
#[test]
fn a_request_that_took_effect_is_sent_again_after_a_forged_error() {
    let record = one_like(record_reply(), Fault::Forge { status: 500 });
    assert!(requests(&record, USER) >= 2);
    assert_eq!(commits(&record, USER), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

/// The key is what makes the retry safe for the client.
#[test]
fn a_client_retries_with_the_same_key_after_a_forged_answer() {
    let like = MessagePoint::reply(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    for fault in [
        Fault::Forge { status: 500 },
        Fault::Truncate { keep_percent: 60 },
    ] {
        let record = one_like(like, fault);
        assert_eq!(record.operations[&Outcome::Ok], 1);
        assert_eq!(record.sagas.completed, 1);
    }
}
