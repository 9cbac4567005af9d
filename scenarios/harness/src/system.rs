//! What the harness takes from the system under test.
//!
//! Today that is the like saga. Everything that only likes have is imported here and nowhere else in the harness, so
//! this file shows what a second system would have to provide.

use likewise_sim::likes::names::LIKE;
use likewise_sim::likes::{Action, operation, single};
use likewise_sim::{
    check::Property,
    plan::{CommitPoint, Fault, Host, MessagePoint, Name, Plan, SagaColumn, Trigger},
    planted,
};

pub(crate) use likewise_sim::planted::PlantedBug;

use crate::exit::UsageError;

/// The invariants that every run is checked for, in the order in which reports show them.
pub(crate) fn properties() -> &'static [Property] {
    likewise_sim::likes::invariants::PROPERTIES
}

/// The planted bugs, including the controls.
pub(crate) fn planted_bugs() -> &'static [PlantedBug] {
    planted::all()
}

/// The planted bugs with these names, or all of them if there are no names.
pub(crate) fn planted_bugs_named(names: &[String]) -> impl Iterator<Item = &'static PlantedBug> {
    let is_named = |bug: &&PlantedBug| names.iter().any(|name| name == bug.name);
    let bugs = planted_bugs().iter();
    bugs.filter(move |bug| names.is_empty() || is_named(bug))
}

/// The small plan that shows a planted bug, or nothing if there is no planted bug with this name.
pub(crate) fn planted_bug_plan(name: &str) -> Option<Plan> {
    planted::plan(name)
}

/// Whether a plan may name this system: the product, or a planted bug.
pub(crate) fn is_known(system: &str) -> bool {
    planted::system(system).is_some()
}

/// Refuses the name of a system that does not exist.
///
/// # Errors
/// [`UsageError`]: neither the product nor a planted bug has this name.
pub(crate) fn require_known(system: &str) -> Result<(), UsageError> {
    match is_known(system) {
        true => Ok(()),
        false => Err(UsageError(format!(
            "there is no system '{system}'; `cargo chaos list` names the planted bugs"
        ))),
    }
}

/// Plans with features that no single fault brings: client behaviour, a zombie coordinator next to its successor, a damaged
/// row, a second coordinator and a prober.
pub(crate) fn special_plans() -> [Plan; 4] {
    let mut clicks = single(Action::Like, false);
    clicks.name = "a double click, and a retry without a key".to_owned();
    for operation in &mut clicks.workload {
        (operation.clicks, operation.keyed) = (2, false);
    }
    let answer = MessagePoint::reply(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let mut takeover = single(Action::Like, false);
    takeover.name = "a zombie".to_owned();
    takeover.topology = takeover.topology.with(Name::COORDINATOR, 3);
    let like = MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let mut damaged = single(Action::Like, false).with_prober();
    damaged.name = "an unreadable row, and a prober".to_owned();
    damaged.workload.push(operation(2, Action::Like, 1, 4_000));
    let mut second = damaged.clone();
    second.name = "a second coordinator".to_owned();
    let unreadable = Fault::UnreadableRow {
        host: Host::COORDINATOR,
        column: SagaColumn::Args,
        down_millis: 100,
    };
    let saga = CommitPoint::after(Host::COORDINATOR, "saga-log", 1);
    [
        clicks.with_fault(answer, Fault::LoseReply),
        takeover.with_fault(like, Fault::Zombie { millis: 10_000 }),
        damaged.with_fault(saga, unreadable),
        second.with_fault(
            Trigger::At { millis: 500 },
            Fault::SecondProcess { millis: 1_500 },
        ),
    ]
}

/// The plan of one operation without faults, for tests of the harness.
#[cfg(test)]
pub(crate) fn clean_plan() -> Plan {
    single(Action::Like, false)
}
