//! Every kind of fault fires, and the system does what it must: one file per family of faults.
//!
//! `run_with_faults` is the guard of every test here: a fault that did not fire proves nothing. All properties are
//! checked as in a campaign, so a test only asserts what its fault adds.

mod client;
mod clock;
mod damage;
mod database;
mod disk;
mod followers;
mod limits;
mod message;
mod network;
mod operators;
mod process;
mod readiness;
mod replicas;
mod retention;
mod second_process;
mod silence;
mod takeover;

use likewise_sim_likes::run;
use likewise_sim_likes::{Action, single};
use likewise_world::{
    plan::{Fault, Host, MessageKind, Plan, Trigger},
    record::{Event, EventKind, RunRecord},
};

/// Runs a plan. All its faults must fire, and no property may be violated.
fn run_with_faults(plan: &Plan) -> RunRecord {
    let record = run(plan).expect("the plan runs");
    assert!(
        record.injected.iter().all(|fired| *fired),
        "a fault did not fire: {:?}",
        plan.faults
    );
    assert!(record.is_green(), "{:?}", record.violations);
    record
}

/// Runs one like with one fault.
fn one_like(trigger: impl Into<Trigger>, fault: Fault) -> RunRecord {
    run_with_faults(&single(Action::Like, false).with_fault(trigger, fault))
}

/// The number of matching events before the probes, which repeat everything.
fn count(record: &RunRecord, matches: impl Fn(&EventKind) -> bool) -> usize {
    before_the_probes(record)
        .filter(|event| matches(&event.kind))
        .count()
}

/// The time of the first matching event, in simulated microseconds.
fn first(record: &RunRecord, matches: impl Fn(&EventKind) -> bool) -> u64 {
    let event = record.events.iter().find(|event| matches(&event.kind));
    event.expect("there is a matching event").at_micros
}

/// The number of requests for an action that were sent to a service, before the probes repeat them.
fn requests(record: &RunRecord, service: Host) -> usize {
    let is_request = |event: &Event| match &event.kind {
        EventKind::Sent { to, what, .. } => *to == service && *what == MessageKind::DO,
        _ => false,
    };
    before_the_probes(record)
        .filter(|event| is_request(event))
        .count()
}

/// The number of commits with steps at a service, before the probes repeat the requests.
fn commits(record: &RunRecord, service: Host) -> usize {
    let is_commit = |event: &Event| match &event.kind {
        EventKind::Committed { what, .. } => event.host == service && what == "steps",
        _ => false,
    };
    before_the_probes(record)
        .filter(|event| is_commit(event))
        .count()
}

/// The probes at the end send every step again, which would spoil every count.
fn before_the_probes(record: &RunRecord) -> impl Iterator<Item = &Event> {
    let is_over = |kind: &EventKind| matches!(kind, EventKind::Phase { name } if name == "probes");
    let mut events = record.events.iter();
    std::iter::from_fn(move || events.next().filter(|event| !is_over(&event.kind)))
}
