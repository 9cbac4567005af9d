//! Messages that are lost, repeated, held back, overtaken, cut short, or answered by somebody else.

use likewise_sim::{
    plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, single},
    record::{EventKind, Outcome},
};

use crate::{asked, count, did, first, one_like, struck};

fn record_asked_for() -> MessagePoint {
    MessagePoint::request(Host::Coordinator, Host::User, MessageKind::Do, 1)
}

fn record_answered() -> MessagePoint {
    MessagePoint::reply(Host::Coordinator, Host::User, MessageKind::Do, 1)
}

fn repeated(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Repeated { .. })
}

#[test]
fn a_lost_request_is_sent_again_and_a_lost_reply_asked_for_again() {
    let request = one_like(record_asked_for(), Fault::LoseRequest);
    let reply = one_like(record_answered(), Fault::LoseReply);
    for record in [request, reply] {
        assert!(asked(&record, Host::User) >= 2);
        assert_eq!(did(&record, Host::User), 1);
        assert_eq!(record.operations[&Outcome::Ok], 1);
    }
}

#[test]
fn copies_of_a_request_are_answered_from_its_row() {
    let record = one_like(record_asked_for(), Fault::Duplicate { copies: 3 });
    assert_eq!(count(&record, repeated), 3);
    assert_eq!(did(&record, Host::User), 1);
    assert!(record.repeats_answered >= 3);
}

#[test]
fn a_delayed_request_is_overtaken_by_its_own_retry() {
    let record = one_like(record_asked_for(), Fault::Delay { millis: 900 });
    assert!(asked(&record, Host::User) >= 2);
    assert_eq!(count(&record, repeated), 1, "it arrives, and nobody waits");
    assert_eq!(did(&record, Host::User), 1);
}

#[test]
fn a_request_replayed_after_the_end_changes_nothing() {
    let record = one_like(record_asked_for(), Fault::ReplayLate { millis: 12_000 });
    let done = first(&record, |kind| matches!(kind, EventKind::Returned { .. }));
    let again = first(&record, repeated);
    assert!(again > done + 10_000_000);
    assert_eq!(did(&record, Host::User), 1);
}

#[test]
fn a_reordered_request_arrives_after_the_next_one() {
    // The two likes are about two pairs, and their steps do not share a batch.
    let plan = single(Action::Like, false)
        .with_operation(Operation::new(2, Action::Like, 1, 30))
        .with_fault(record_asked_for(), Fault::Reorder);
    let record = struck(&plan);
    let held = first(&record, |kind| matches!(kind, EventKind::Delayed { .. }));
    let users: Vec<i64> = record
        .events
        .iter()
        .filter(|event| event.host == Host::User && event.at_micros > held)
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

#[test]
fn a_request_cut_short_is_refused_whole_and_sent_again() {
    let record = one_like(record_asked_for(), Fault::Truncate { keep_percent: 50 });
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
    assert_eq!(did(&record, Host::User), 1);
    assert_eq!(record.sagas.completed, 1, "it is no business refusal");
}

#[test]
fn a_reply_cut_short_is_no_reply() {
    let record = one_like(record_answered(), Fault::Truncate { keep_percent: 50 });
    assert!(asked(&record, Host::User) >= 2);
    assert_eq!(did(&record, Host::User), 1);
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_forged_answer_of_a_request_that_never_arrived_is_no_refusal() {
    let record = one_like(record_asked_for(), Fault::Forge { status: 503 });
    assert_eq!(did(&record, Host::User), 1);
    assert_eq!(record.sagas.completed, 1);
}

#[test]
fn a_forged_answer_of_a_request_that_took_effect_is_asked_about_again() {
    let record = one_like(record_answered(), Fault::Forge { status: 500 });
    assert!(asked(&record, Host::User) >= 2);
    assert_eq!(did(&record, Host::User), 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
}

#[test]
fn a_user_whose_answer_was_forged_tries_again_under_the_same_key() {
    let like = MessagePoint::reply(Host::Clients, Host::Coordinator, MessageKind::Like, 1);
    for fault in [
        Fault::Forge { status: 500 },
        Fault::Truncate { keep_percent: 60 },
    ] {
        let record = one_like(like, fault);
        assert_eq!(record.operations[&Outcome::Ok], 1);
        assert_eq!(record.sagas.completed, 1);
    }
}
