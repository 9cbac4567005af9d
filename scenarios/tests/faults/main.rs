//! Every kind of fault strikes, and what the system then does: one file a family.

mod client;
mod clock;
mod database;
mod disk;
mod limits;
mod message;
mod network;
mod process;
mod replicas;
mod takeover;

use likewise_sim::{
    plan::{Action, Fault, Host, MessageKind, Plan, Trigger, single},
    record::{Event, EventKind, RunRecord},
    run::run,
};

/// Runs a plan with one fault: it must strike, and no property may be violated.
fn struck(plan: &Plan) -> RunRecord {
    let record = run(plan).expect("the plan runs");
    assert!(
        record.injected.iter().all(|struck| *struck),
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

/// How many events are like this, before the probes repeat everything.
fn count(record: &RunRecord, like: impl Fn(&EventKind) -> bool) -> usize {
    before_the_probes(record)
        .filter(|event| like(&event.kind))
        .count()
}

/// When the first event like this happened, in simulated microseconds.
fn first(record: &RunRecord, like: impl Fn(&EventKind) -> bool) -> u64 {
    let event = record.events.iter().find(|event| like(&event.kind));
    event.expect("there is such an event").at_micros
}

/// How often a service was asked to do a step, before the probes ask again.
fn asked(record: &RunRecord, service: Host) -> usize {
    let asks = |event: &Event| match &event.kind {
        EventKind::Sent { to, what, .. } => *to == service && *what == MessageKind::Do,
        _ => false,
    };
    before_the_probes(record)
        .filter(|event| asks(event))
        .count()
}

/// How often a service did one, before the probes ask again.
fn did(record: &RunRecord, service: Host) -> usize {
    let does = |event: &Event| match &event.kind {
        EventKind::Committed { what, .. } => event.host == service && what == "steps",
        _ => false,
    };
    before_the_probes(record)
        .filter(|event| does(event))
        .count()
}

fn before_the_probes(record: &RunRecord) -> impl Iterator<Item = &Event> {
    let is_over = |kind: &EventKind| matches!(kind, EventKind::Phase { name } if name == "probes");
    let mut events = record.events.iter();
    std::iter::from_fn(move || events.next().filter(|event| !is_over(&event.kind)))
}
