//! A step of a saga below the watermark that a service has stored changes nothing, and is answered *stale*.
//!
//! Its barrier row may be deleted, so nothing else would stop a late duplicate.

use uuid::Uuid;

use super::{Checker, Delta, Findings, Invariant, ObservedState, Property};
use crate::plan::Host;

pub(crate) const PROPERTY: Property = Property {
    name: "stale-never-acts",
    about: "a step of a saga below the watermark that a service has stored never acts, and no other step is called stale",
    exercised_by: "a step that arrives after its saga was collected: `retention` in a plan with `replay-late`, or the probes",
    kept_by: "the retention watermark in the service: a step of an older saga is answered stale",
};

pub(crate) struct StaleSteps;

impl Invariant for StaleSteps {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        for delta in deltas {
            if let Delta::Barrier {
                service,
                saga,
                after: Some(_),
                ..
            } = delta
                && observed.is_stale(*service, *saga)
            {
                findings.require(PROPERTY, false, || {
                    format!("the {service} service wrote a step of saga {saga}, which is below its watermark")
                });
            }
        }
    }
}

impl Checker {
    /// A service answered that these sagas are stale.
    pub fn answered_stale(&mut self, service: Host, sagas: &[Uuid], event: usize) {
        let mut findings = Findings::default();
        for saga in sagas {
            // The watermark only rises, so it still is if it was.
            let is_stale = self.observed.is_stale(service, *saga);
            findings.require(PROPERTY, is_stale, || {
                format!("the {service} service called saga {saga} stale, which is not below its watermark")
            });
        }
        self.record(findings, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::samples::*, record::PropertyStatus};

    #[test]
    fn a_step_above_the_watermark_may_act_and_one_below_must_not() {
        let stored = || sample_of(StaleSteps).commit(STORE, &[stored(2, 1)]);
        let above = stored().commit(STORE, &[step_new(2, 0, 0)]);
        assert_eq!(above.status(PROPERTY), PropertyStatus::NeverExercised);
        let elsewhere = stored().commit(TILL, &[step_new(1, 0, 0)]);
        assert_eq!(elsewhere.status(PROPERTY), PropertyStatus::NeverExercised);
        let below = stored().commit(STORE, &[step_new(1, 0, 3)]);
        assert_eq!(below.status(PROPERTY), PropertyStatus::Violated);
        let moved = sample_of(StaleSteps).commit(STORE, &[step_new(1, 0, 0)]);
        let moved = moved.commit(STORE, &[crate::check::samples::stored(2, 1)]);
        let moved = moved.commit(STORE, &[step_moved(1, 0, 2)]);
        assert_eq!(moved.status(PROPERTY), PropertyStatus::Violated);
    }
}
