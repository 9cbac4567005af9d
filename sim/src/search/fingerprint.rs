//! What identifies a failure, from its record alone.
//!
//! ```text
//!  Failure       the system, the property that broke first, and where that was seen
//!  fingerprint   the same property, and the kinds of the faults that struck before it
//! ```
//!
//! A [`Failure`] is what shrinking keeps: it does not change when a fault that had no part in it is removed, nor when
//! one that had is replaced by a weaker one. A [`fingerprint`] names its suspects too, which groups the failures of a
//! campaign; that of a minimal plan names the culprits, because nothing else is left.

use std::{collections::BTreeSet, fmt};

use crate::world::{
    plan::{FaultKind, Host, PRODUCT, PlannedFault},
    record::{EventKind, RunRecord, Violation},
};

/// One way of failing: runs that fail in the same way are taken for one failure.
///
/// Numbers and times are left out, and so is what struck: both change while a plan is shrunk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Failure {
    /// The system under test.
    pub system: String,
    /// The property that was violated first.
    pub property: String,
    /// Where that was seen: at which kind of commit, at an answer, or at rest.
    pub seen: String,
}

impl Failure {
    /// How a run failed; nothing if it did not.
    #[must_use]
    pub fn of(record: &RunRecord) -> Option<Self> {
        let first = record.violations.first()?;
        Some(Self {
            system: record.plan.system.clone(),
            property: first.property.clone(),
            seen: seen(record, first),
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{} {}", self.property, of(&self.system), self.seen)
    }
}

/// Where a violation was seen. Replicas of a service are one place.
fn seen(record: &RunRecord, violation: &Violation) -> String {
    // What is judged at rest is noted by nobody's machine; the event before it is of no meaning.
    let noted_by = record.events.iter().find_map(|event| match &event.kind {
        EventKind::Violated { property, .. } if *property == violation.property => Some(event.host),
        _ => None,
    });
    let showed = record.events.get(violation.event);
    match (noted_by, showed.map(|event| &event.kind)) {
        (None | Some(Host::Network), _) => "at rest".to_owned(),
        (Some(host), Some(EventKind::Committed { what, .. })) => {
            format!("at a commit of {what} at {}", host.first())
        }
        (Some(_), Some(EventKind::Returned { .. })) => "at an answer".to_owned(),
        (Some(host), _) => format!("at {}", host.first()),
    }
}

/// The faults that struck before the first violation, in the order of the plan; without one, all that struck.
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

/// The first violated property, and the kinds of the faults that struck before it. Nothing if no property was
/// violated.
///
/// How often a kind struck is left out: in a swarm it says more about the seed than about the cause.
#[must_use]
pub fn fingerprint(record: &RunRecord) -> Option<String> {
    let failure = Failure::of(record)?;
    let kinds: BTreeSet<FaultKind> = causes(record).iter().map(|f| f.fault.kind()).collect();
    let names: Vec<&str> = kinds.into_iter().map(FaultKind::name).collect();
    let cause = match names.is_empty() {
        true => "no fault".to_owned(),
        false => names.join(" + "),
    };
    let system = of(&failure.system);
    Some(format!("{}{system} after {cause}", failure.property))
}

fn of(system: &str) -> String {
    match system {
        PRODUCT => String::new(),
        bug => format!(" in {bug}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{likes::planted, run::run, world::plan::generate};

    fn caught(name: &str) -> RunRecord {
        run(&planted::plan(name).unwrap()).unwrap()
    }

    #[test]
    fn a_green_run_has_no_fingerprint() {
        let record = run(&generate(0)).unwrap();
        assert_eq!(Failure::of(&record), None);
        assert_eq!(fingerprint(&record), None);
    }

    #[test]
    fn a_failure_is_its_property_and_where_it_was_seen() {
        let failure = |name| Failure::of(&caught(name)).unwrap().to_string();
        assert_eq!(
            failure("double-undo"),
            "undo-twice-is-undo in double-undo at article"
        );
        assert_eq!(
            failure("abort-without-seal"),
            "acknowledged-like-stays in abort-without-seal at a commit of steps at user"
        );
    }

    #[test]
    fn a_fingerprint_is_the_property_and_what_struck_before() {
        let mut record = caught("reset-is-refusal");
        assert_eq!(
            fingerprint(&record).unwrap(),
            "compensated-is-none-done in reset-is-refusal after lose-reply"
        );
        record.violations[0].event = 0;
        assert!(causes(&record).is_empty(), "it struck after that");
        record.violations.clear();
        assert_eq!(causes(&record).len(), 1, "without one, all that struck");
    }
}
