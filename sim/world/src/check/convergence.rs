//! Once the faults have healed, every saga ends.
//!
//! Safety alone could be had by doing nothing. This is the liveness property: whatever happened, the system comes to
//! an end.

use super::{Findings, History, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "every-saga-ends",
    about: "within a bound after the faults healed no saga is open and no lock is held",
    exercised_by: "a run that starts a saga",
    kept_by: "the retries without end, and the recovery of every open saga at a start",
};

pub(crate) struct EverySagaEnds;

impl Invariant for EverySagaEnds {
    fn at_rest(&mut self, observed: &ObservedState, _: &History, findings: &mut Findings) {
        let open = observed.open_sagas();
        // A run without a saga has nothing that could end, so it does not exercise the property.
        if !observed.sagas.is_empty() {
            findings.require(PROPERTY, open == 0, || {
                format!("{open} sagas are still open")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples::*, *};
    use crate::{plan::Host, record::PropertyStatus};

    #[test]
    fn an_ended_saga_is_fine() {
        let run = sample_of(EverySagaEnds)
            .commit(Host::COORDINATOR, &[saga(1, 0, 1), saga(1, 1, 1)])
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn an_open_saga_is_a_violation() {
        let run = sample_of(EverySagaEnds)
            .commit(Host::COORDINATOR, &[saga(1, 2, 1)])
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }
}
