//! What a coordinator does that bears little.

use likewise_sim::{
    plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan, single},
    record::Outcome,
    run::run,
};

use crate::struck;

/// The first three attempts at counting a like get no answer.
fn three_in_vain(park_after: u32) -> Plan {
    let attempt =
        |nth| MessagePoint::request(Host::Coordinator, Host::Article, MessageKind::Do, nth);
    let mut plan = single(Action::Like, false);
    plan.limits.park_after = park_after;
    (1..=3).fold(plan, |plan, nth| {
        plan.with_fault(attempt(nth), Fault::LoseRequest)
    })
}

#[test]
fn a_saga_is_parked_after_as_many_attempts_as_its_limit_and_ends_all_the_same() {
    for (park_after, parked) in [(2, 1), (3, 1), (4, 0)] {
        let record = struck(&three_in_vain(park_after));
        assert_eq!(record.sagas.parked, parked, "after {park_after}");
        assert_eq!(record.sagas.completed, 1);
    }
}

#[test]
fn a_request_too_many_is_refused_and_changes_nothing() {
    let both_at_once = |open_max| {
        let mut plan = single(Action::Like, false).with_operation(Operation {
            retries: 0,
            ..Operation::new(2, Action::Like, 1, 0)
        });
        plan.workload[0].retries = 0;
        plan.limits.open_max = open_max;
        let record = run(&plan).expect("the plan runs");
        assert!(record.is_green(), "{:?}", record.violations);
        let ended = |outcome| record.operations.get(&outcome).copied().unwrap_or(0);
        (
            ended(Outcome::Ok),
            ended(Outcome::Unknown),
            record.sagas.completed,
        )
    };
    assert_eq!(both_at_once(1), (1, 1, 1));
    assert_eq!(both_at_once(2), (2, 0, 2));
}

#[test]
fn who_finds_no_place_waits_and_is_served() {
    let mut plan = single(Action::Like, false);
    for user in 2..=4 {
        plan = plan.with_operation(Operation::new(user, Action::Like, 1, 0));
    }
    let lasts = |at_once_max| {
        let mut plan = plan.clone();
        plan.limits.at_once_max = at_once_max;
        let record = struck(&plan);
        assert_eq!(record.sagas.completed, 4);
        record.simulated_micros
    };
    assert!(lasts(1) > lasts(4), "one after another takes longer");
}
