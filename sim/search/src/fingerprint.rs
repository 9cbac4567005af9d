//! What identifies a failure, from its record alone.
//!
//! ```text
//!  Failure       the system, the property that was violated first, and where that was observed
//!  fingerprint   the same property, and the kinds of the faults that fired before it
//! ```
//!
//! Shrinking keeps the [`Failure`]. It does not change when an unrelated fault is removed, nor when a fault that matters
//! is replaced by a weaker one. Campaigns group by [`fingerprint`], which also names the faults that fired. For a swarm
//! plan those are suspects. For a minimal plan they are the cause, because nothing else is left.

use std::{collections::BTreeSet, fmt};

use likewise_world::{
    plan::{FaultKind, Host, PRODUCT, PlannedFault},
    record::{EventKind, RunRecord, Violation},
};

/// One way of failing. Runs with equal values are the same failure.
///
/// Numbers, times and the faults that fired are left out: they change while a plan is shrunk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Failure {
    /// The system under test.
    pub system: String,
    /// The property that was violated first.
    pub property: String,
    /// Where that was observed: at which kind of commit, at an answer, or at rest.
    pub seen: String,
}

impl Failure {
    /// How a run failed. `None` if no property was violated.
    #[must_use]
    pub fn of(record: &RunRecord) -> Option<Self> {
        let first = record.violations.first()?;
        Some(Self {
            system: record.plan.system.clone(),
            property: first.property.clone(),
            seen: place_of(record, first),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{} {}",
            self.property,
            in_system(&self.system),
            self.seen
        )
    }
}

/// Where a violation was observed. Replicas of a service are one place.
fn place_of(record: &RunRecord, violation: &Violation) -> String {
    // A violation that is found at rest belongs to no host, and the event before it is unrelated.
    let host = record.events.iter().find_map(|event| match &event.kind {
        EventKind::Violated { property, .. } if *property == violation.property => Some(event.host),
        _ => None,
    });
    let event = record.events.get(violation.event);
    match (host, event.map(|event| &event.kind)) {
        (None | Some(Host::NETWORK), _) => "at rest".to_owned(),
        (Some(host), Some(EventKind::Committed { what, .. })) => {
            format!("at a commit of {what} at {}", host.first())
        }
        (Some(_), Some(EventKind::Returned { .. })) => "at an answer".to_owned(),
        (Some(host), _) => format!("at {}", host.first()),
    }
}

/// The faults that fired before the first violation, in the order of the plan. Without a violation, all that fired.
#[must_use]
pub fn causes(record: &RunRecord) -> Vec<&PlannedFault> {
    let until = record.violations.first().map(|first| first.event);
    let early = &record.events[..until.unwrap_or(usize::MAX).min(record.events.len())];
    let fired_early: BTreeSet<usize> = early
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Injected { fault, .. } => Some(fault),
            _ => None,
        })
        .collect();
    let fired = |place: usize| record.injected.get(place).copied().unwrap_or(false);
    let faults = record.plan.faults.iter().enumerate();
    faults
        .filter(|(place, _)| fired(*place) && (until.is_none() || fired_early.contains(place)))
        .map(|(_, fault)| fault)
        .collect()
}

/// The first violated property and the kinds of the faults that fired before it. `None` if no property was violated.
///
/// How often a kind fired is left out: in a swarm it depends on the seed more than on the cause.
#[must_use]
pub fn fingerprint(record: &RunRecord) -> Option<String> {
    let failure = Failure::of(record)?;
    let kinds: BTreeSet<FaultKind> = causes(record).iter().map(|f| f.fault.kind()).collect();
    let names: Vec<&str> = kinds.into_iter().map(FaultKind::name).collect();
    let cause = match names.is_empty() {
        true => "no fault".to_owned(),
        false => names.join(" + "),
    };
    let system = in_system(&failure.system);
    Some(format!("{}{system} after {cause}", failure.property))
}

/// Names a planted bug; empty for the product.
fn in_system(system: &str) -> String {
    match system {
        PRODUCT => String::new(),
        bug => format!(" in {bug}"),
    }
}
