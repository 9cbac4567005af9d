//! The order of steps and compensations, and the pivot: what a saga with more than two steps must keep.

use std::collections::BTreeSet;

use likewise_search::exhaustive::cases;
use likewise_transfers::{ACCOUNTS, NOTICES, TRANSFERS, done, scenarios::SCENARIOS};
use likewise_world::{
    plan::{Fault, Host, InjectionPoint, MessageKind, MessagePoint, Plan},
    record::{EventKind, RunRecord},
};

use super::{passed, run};

const DONE: i64 = 0;
const UNDONE: i64 = 2;

/// The steps whose barrier rows got this state: those of one commit together, in the order of the commits.
fn steps(record: &RunRecord, state: i64) -> Vec<BTreeSet<i64>> {
    let commits = record.events.iter().filter_map(|event| match &event.kind {
        EventKind::Committed { changes, .. } => Some(changes),
        _ => None,
    });
    let steps = commits.map(|changes| {
        let rows = changes.iter().filter(|change| change.table == "barrier");
        let rows = rows.filter(|change| change.row.integer("state") == Ok(state));
        rows.map(|change| change.row.integer("step").unwrap())
            .collect()
    });
    steps
        .filter(|steps: &BTreeSet<i64>| !steps.is_empty())
        .collect()
}

#[test]
fn the_steps_run_group_after_group_and_the_checks_at_once() {
    let record = run(&done());
    let steps = steps(&record, DONE);
    // The probes repeat the steps, and change no row.
    let groups = [vec![0], vec![1, 2], vec![3], vec![4]];
    assert_eq!(steps[..4], groups.map(BTreeSet::from_iter));
}

/// The credit never arrives. At the deadline it is sealed, and the saga turns back.
#[test]
fn compensations_run_in_reverse_and_those_of_the_pair_at_once() {
    let credit = MessagePoint::request(Host::COORDINATOR, ACCOUNTS, MessageKind::DO, 2);
    let every = Some(1);
    let plan = done().with_fault(MessagePoint { every, ..credit }, Fault::LoseRequest);
    let record = run(&plan);
    assert_eq!(record.sagas.compensated, 1);
    let groups = [vec![1, 2], vec![0]].map(BTreeSet::from_iter);
    assert_eq!(steps(&record, UNDONE)[..2], groups);
}

fn scenario(name: &str) -> Plan {
    let scenario = SCENARIOS.iter().find(|it| it.name == name);
    scenario.expect("there is such a scenario").plan()
}

#[test]
fn a_credit_without_a_reply_goes_forward() {
    let sagas = passed(&scenario("credit-without-a-reply")).sagas;
    assert_eq!((sagas.completed, sagas.compensated), (1, 0));
}

/// The client has its answer long before the notice, and the deadline of the saga passes without effect.
#[test]
fn a_notice_that_is_late_is_sent_until_it_is_done() {
    let record = passed(&scenario("late-notice"));
    assert_eq!((record.sagas.completed, record.sagas.compensated), (1, 0));
    let at = |is: fn(&EventKind) -> bool| {
        let event = record.events.iter().find(|event| is(&event.kind));
        event.expect("there is such an event").at_micros
    };
    let answered = at(|kind| matches!(kind, EventKind::Returned { status: 200, .. }));
    let noticed = at(|kind| match kind {
        EventKind::Committed { changes, .. } => changes.iter().any(|it| it.table == "notices"),
        _ => false,
    });
    assert!(answered < 1_000_000, "{answered}");
    assert!(noticed > 6_000_000, "{noticed}");
}

/// Every third of them, because each is a run.
#[test]
fn no_single_fault_after_the_credit_leads_to_a_compensation() {
    let concerns_notices = |point: &InjectionPoint| match point {
        InjectionPoint::Message(point) => point.to == NOTICES,
        InjectionPoint::Commit(point) => point.host == NOTICES,
    };
    let cases = cases(&TRANSFERS, &done()).unwrap();
    let after = cases.iter().filter(|case| concerns_notices(&case.point));
    let mut runs = 0;
    for case in after.step_by(3) {
        let sagas = passed(&case.plan).sagas;
        assert_eq!(
            (sagas.completed, sagas.compensated),
            (1, 0),
            "{}",
            case.plan.name
        );
        runs += 1;
    }
    assert!(runs > 20, "{runs}");
}
