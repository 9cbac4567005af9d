//! What may have caused a failure: the faults that struck before it.

use std::collections::BTreeSet;

use likewise_sim::{
    plan::{FaultKind, PRODUCT, PlannedFault},
    record::{EventKind, RunRecord},
};

/// The faults that struck before the first violation, in the order of the plan; without one, all that struck.
#[must_use]
pub fn causes(record: &RunRecord) -> Vec<&PlannedFault> {
    let until = record.violations.first().map(|first| first.event);
    let early = &record.events[..until.unwrap_or(usize::MAX).min(record.events.len())];
    let struck_early: BTreeSet<usize> = early
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::Struck { fault, .. } => Some(fault),
            _ => None,
        })
        .collect();
    let struck = |place: usize| record.struck.get(place).copied().unwrap_or(false);
    let faults = record.plan.faults.iter().enumerate();
    faults
        .filter(|(place, _)| struck(*place) && (until.is_none() || struck_early.contains(place)))
        .map(|(_, fault)| fault)
        .collect()
}

/// What identifies a failure: the first violated property, and the kinds of the faults that struck before it.
/// Nothing if no property was violated.
///
/// How often a kind struck is left out: in a swarm it says more about the seed than about the cause.
#[must_use]
pub fn fingerprint(record: &RunRecord) -> Option<String> {
    let property = &record.violations.first()?.property;
    let kinds: BTreeSet<FaultKind> = causes(record).iter().map(|f| f.fault.kind()).collect();
    let names: Vec<&str> = kinds.into_iter().map(FaultKind::name).collect();
    let cause = match names.is_empty() {
        true => "no fault".to_owned(),
        false => names.join(" + "),
    };
    let system = match record.plan.system.as_str() {
        PRODUCT => String::new(),
        specimen => format!(" in {specimen}"),
    };
    Some(format!("{property}{system} after {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_fingerprint_is_the_property_and_what_struck() {
        assert_eq!(fingerprint(&samples::green()), None);
        assert_eq!(
            fingerprint(&samples::red()).unwrap(),
            "likes-equal-records in double-undo after lose-reply"
        );
    }

    #[test]
    fn what_struck_after_the_violation_did_not_cause_it() {
        let mut record = samples::red();
        assert_eq!(causes(&record).len(), 1);
        record.violations[0].event = 0;
        assert_eq!(causes(&record).len(), 0);
        record.violations.clear();
        assert_eq!(causes(&record).len(), 1, "without one, all that struck");
    }
}
