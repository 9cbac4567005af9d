//! Coordinators with low limits.
//!
//! A limit may make a saga wait, park it, or keep a request from starting one. Whatever the limit is, every saga that
//! started must end.

use likewise_sim_likes::names::ARTICLE;
use likewise_sim_likes::run;
use likewise_sim_likes::{Action, operation, single};
use likewise_world::{
    plan::{Fault, Host, MessageKind, MessagePoint, Operation, Plan},
    record::Outcome,
};

use crate::run_with_faults;

/// The first three attempts to count a like get no reply.
fn three_failed_attempts(park_after: u32) -> Plan {
    let attempt = |nth| MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, nth);
    let mut plan = single(Action::Like, false);
    plan.limits.park_after = park_after;
    (1..=3).fold(plan, |plan, nth| {
        plan.with_fault(attempt(nth), Fault::LoseRequest)
    })
}

/// Three attempts fail, and the limits are below, at and above that number.
#[test]
fn a_saga_is_parked_after_the_limit_of_failed_attempts_and_still_ends() {
    for (park_after, parked) in [(2, 1), (3, 1), (4, 0)] {
        let record = run_with_faults(&three_failed_attempts(park_after));
        assert_eq!(record.sagas.parked, parked, "after {park_after}");
        assert_eq!(record.sagas.completed, 1);
    }
}

/// Neither client retries, so the outcome shows what the single request got.
#[test]
fn a_request_over_the_admission_limit_is_refused_without_effect() {
    let two_at_once = |open_max| {
        let mut plan = single(Action::Like, false).with_operation(Operation {
            retries: 0,
            ..operation(2, Action::Like, 1, 0)
        });
        plan.workload[0].retries = 0;
        plan.limits.open_max = open_max;
        let record = run(&plan).expect("the plan runs");
        assert!(record.is_green(), "{:?}", record.violations);
        let operations = |outcome| record.operations.get(&outcome).copied().unwrap_or(0);
        (
            operations(Outcome::Ok),
            operations(Outcome::Unknown),
            record.sagas.completed,
        )
    };
    assert_eq!(two_at_once(1), (1, 1, 1));
    assert_eq!(two_at_once(2), (2, 0, 2));
}

/// The same work takes longer one by one, which shows that the limit was reached at all.
#[test]
fn a_saga_over_the_concurrency_limit_waits_and_completes() {
    let mut plan = single(Action::Like, false);
    for user in 2..=4 {
        plan = plan.with_operation(operation(user, Action::Like, 1, 0));
    }
    let duration = |at_once_max| {
        let mut plan = plan.clone();
        plan.limits.at_once_max = at_once_max;
        let record = run_with_faults(&plan);
        assert_eq!(record.sagas.completed, 4);
        record.simulated_micros
    };
    assert!(duration(1) > duration(4), "one saga at a time takes longer");
}

/// Whatever is full, the likes are done in the end. The record says what was full.
#[test]
fn small_batches_and_short_queues_fill_up_and_every_saga_ends() {
    let mut plan = single(Action::Like, false);
    for user in 2..=12 {
        plan = plan.with_operation(operation(user, Action::Like, 1, 0));
    }
    let filled = |batch_max, queue_max| {
        let mut plan = plan.clone();
        plan.limits.batch_max = batch_max;
        plan.limits.queue_max = queue_max;
        let record = run_with_faults(&plan);
        assert_eq!(record.sagas.open, 0);
        record.filled.into_keys().collect::<Vec<_>>()
    };
    assert!(filled(None, None).is_empty(), "as in production");
    let batches = filled(Some(2), None);
    let of = [
        "requests to a participant",
        "steps at a participant",
        "the saga log",
    ];
    assert_eq!(batches, of.map(|name| format!("batch of {name}")));
    let queues = filled(None, Some(1));
    assert!(
        queues.contains(&"queue of requests to a participant".to_owned()),
        "{queues:?}"
    );
}
