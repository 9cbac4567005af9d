//! A saga is logged as compensated only if none of its steps is done.
//!
//! The opposite mistake, a saga that is completed although a step is missing, is in `completed.rs`. Together they say
//! that the saga log tells the truth.

use super::{Delta, Findings, Invariant, ObservedState, Property};
use likewise_saga::protocol::Status;

pub(crate) const PROPERTY: Property = Property {
    name: "compensated-is-none-done",
    about: "a saga is compensated only if none of its steps is done",
    exercised_by: "a saga that is undone: a step that refuses, or a fault that outlasts the deadline",
    kept_by: "the compensations and the seal: a saga ends as compensated only after each step was answered undone or dead",
};

pub(crate) struct Compensated;

impl Invariant for Compensated {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        for delta in deltas {
            let Delta::Saga {
                saga,
                before,
                after: Some(Status::Compensated),
                ..
            } = delta
            else {
                continue;
            };
            // A later write of the same row says nothing new. A saga that was stored as ended had no steps to undo.
            if *before == Some(Status::Compensated)
                || observed.sagas.get(saga).is_some_and(|saga| saga.settled)
            {
                continue;
            }
            let done = observed.done_steps(*saga);
            findings.require(PROPERTY, done == 0, || {
                format!("a saga was logged as compensated with {done} of its steps still done")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::samples::*, plan::Host, record::PropertyStatus};

    #[test]
    fn compensated_after_every_undo_is_fine() {
        let run = sample_of(Compensated)
            .commit(Host::COORDINATOR, &[saga(1, 2, 1)])
            .commit(STORE, &[step_new(1, 0, 0)])
            .commit(STORE, &[step_moved(1, 0, 2)])
            .commit(Host::COORDINATOR, &[saga(1, 3, 1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn compensated_with_a_step_still_done_is_a_violation() {
        let run = sample_of(Compensated)
            .commit(Host::COORDINATOR, &[saga(1, 2, 1)])
            .commit(STORE, &[step_new(1, 0, 0)])
            .commit(Host::COORDINATOR, &[saga(1, 3, 1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }
}
