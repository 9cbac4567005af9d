//! Clients that click twice, retry, or disconnect while they wait.
//!
//! The key decides what a client can know afterwards. With a key, a repeated request gets the reply of the first one.
//! Without a key it is a request of its own, and all that it can say is that the article is already liked.

use likewise_sim_likes::names::LIKE;
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{Fault, FaultKind, Host, MessagePoint, Operation},
    record::{EventKind, Outcome},
};

use crate::{count, one_like, run_with_faults};

fn like() -> MessagePoint {
    MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, 1)
}

/// The second click joins the saga of the first one instead of meeting its lock.
#[test]
fn a_double_click_with_one_key_is_one_like_and_both_get_its_answer() {
    let mut plan = single(Action::Like, false);
    plan.workload[0].clicks = 2;
    let record = run_with_faults(&plan);
    assert_eq!(record.faults()[&FaultKind::DoubleClick], 1);
    assert_eq!(record.sagas.completed, 1);
    assert_eq!(record.operations[&Outcome::Ok], 2);
}

/// A like and its unlike are in flight together. The lock on the pair lets them run one after the other.
#[test]
fn requests_of_one_user_in_flight_at_once_run_one_after_the_other() {
    let mut plan = single(Action::Unlike, false);
    plan.workload[1].overlaps = true;
    let record = run_with_faults(&plan);
    assert_eq!(record.faults()[&FaultKind::OverlappingRequests], 1);
    assert_eq!(record.sagas.completed, 2);
    assert_eq!(record.operations[&Outcome::Ok], 2);
}

/// A key serves one request of a user. The other one is refused, whichever comes first.
#[test]
fn another_request_under_a_shared_key_is_refused() {
    let mut plan = single(Action::Unlike, false);
    for operation in &mut plan.workload {
        operation.key = Some("mine".to_owned());
    }
    let record = run_with_faults(&plan);
    assert_eq!(record.faults()[&FaultKind::SharedKey], 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
    assert_eq!(record.operations[&Outcome::Fail], 1);
    assert_eq!(record.sagas.completed, 1, "the unlike did nothing");
}

/// Users number their requests, so two of them choose the same key. Neither learns of the other.
#[test]
fn two_users_may_choose_the_same_key() {
    let mut plan = single(Action::Like, false);
    plan.workload.push(operation(2, Action::Like, 1, 500));
    for operation in &mut plan.workload {
        operation.key = Some("first".to_owned());
    }
    let record = run_with_faults(&plan);
    assert_eq!(record.operations[&Outcome::Ok], 2);
    assert_eq!(record.sagas.completed, 2);
}

/// Without a key the second click is a request of its own. It waits for the first one and then finds the like.
#[test]
fn a_double_click_without_a_key_likes_once_and_the_second_fails() {
    let mut plan = single(Action::Like, false);
    plan.workload[0].clicks = 2;
    plan.workload[0].keyed = false;
    let record = run_with_faults(&plan);
    assert_eq!(record.sagas.completed, 1);
    assert_eq!(record.operations[&Outcome::Ok], 1);
    assert_eq!(
        record.operations[&Outcome::Fail],
        1,
        "the article is already liked"
    );
}

/// The difference that a key makes: without one, the client cannot tell its own like from an older one.
#[test]
fn a_retry_with_the_same_key_gets_the_lost_answer() {
    let answer = MessagePoint::reply(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let short_timeout = Operation {
        timeout_millis: 500,
        ..operation(1, Action::Like, 1, 0)
    };
    for (keyed, kind, outcome) in [
        (true, FaultKind::RetryWithKey, Outcome::Ok),
        (false, FaultKind::RetryWithoutKey, Outcome::Fail),
    ] {
        let mut plan = single(Action::Like, false).with_fault(answer, Fault::LoseReply);
        plan.workload = vec![Operation {
            keyed,
            ..short_timeout.clone()
        }];
        let record = run_with_faults(&plan);
        assert_eq!(record.faults()[&kind], 1);
        assert_eq!(record.operations[&outcome], 1, "{kind:?}");
        assert_eq!(record.sagas.completed, 1);
    }
}

/// The server drops the handler of a closed connection. The three times are at different moments of the saga.
#[test]
fn a_client_that_disconnects_does_not_stop_its_saga() {
    for after_millis in [5, 40, 80] {
        let record = one_like(like(), Fault::Disconnect { after_millis });
        let disconnected = |kind: &EventKind| matches!(kind, EventKind::Failed { why, .. } if why.contains("the client left"));
        assert_eq!(count(&record, disconnected), 1);
        assert_eq!(record.operations[&Outcome::Ok], 1, "the client retries");
        assert_eq!(record.sagas.completed, 1, "after {after_millis} ms");
    }
}

/// Nobody waits for the saga any more, so nothing but its own task can finish it.
#[test]
fn a_client_that_disconnects_for_good_does_not_stop_a_compensating_saga() {
    let mut plan =
        single(Action::Like, true).with_fault(like(), Fault::Disconnect { after_millis: 60 });
    plan.workload[0].retries = 0;
    let record = run_with_faults(&plan);
    assert_eq!(record.operations[&Outcome::Unknown], 1);
    assert_eq!(record.sagas.compensated, 1);
}
