//! Every kind of fault strikes, and what the system then does: one file a family.

mod process;

use likewise_sim::{
    plan::{Action, Fault, Plan, Trigger, single},
    record::{EventKind, RunRecord},
    run::run,
};

/// Runs a plan with one fault: it must strike, and no property may be violated.
fn struck(plan: &Plan) -> RunRecord {
    let record = run(plan).expect("the plan runs");
    assert!(
        record.struck.iter().all(|struck| *struck),
        "it did not strike: {:?}",
        plan.faults
    );
    assert!(record.is_green(), "{:?}", record.violations);
    record
}

/// One like, with one fault.
fn one_like(trigger: impl Into<Trigger>, fault: Fault) -> RunRecord {
    struck(&single(Action::Like, false).with_fault(trigger, fault))
}

/// How many events are like this.
fn count(record: &RunRecord, like: impl Fn(&EventKind) -> bool) -> usize {
    record
        .events
        .iter()
        .filter(|event| like(&event.kind))
        .count()
}

/// When the first event like this happened, in simulated microseconds.
fn first(record: &RunRecord, like: impl Fn(&EventKind) -> bool) -> u64 {
    let event = record.events.iter().find(|event| like(&event.kind));
    event.expect("there is such an event").at_micros
}
