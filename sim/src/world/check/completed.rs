//! A saga is logged as completed only if every step is done.
//!
//! The status may be logged long after the client was answered. The barrier rows are in other databases, so only a
//! check that sees all of them can judge it.

use super::{Delta, Findings, Invariant, ObservedState, Property};
use likewise_saga::protocol::Status;

pub(crate) const PROPERTY: Property = Property {
    name: "completed-is-all-done",
    about: "a saga is completed only if both of its steps are done",
};

/// The number of steps of a saga of either kind.
const STEPS: usize = 2;

pub(crate) struct Completed;

impl Invariant for Completed {
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
                after: Some(Status::Completed),
                ..
            } = delta
            else {
                continue;
            };
            if *before == Some(Status::Completed) {
                continue;
            }
            let done = observed.done_steps(*saga);
            findings.require(PROPERTY, done == STEPS, || {
                format!("a saga was logged as completed with {done} of {STEPS} steps done")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{check::samples::*, plan::Host, record::PropertyStatus};

    #[test]
    fn completed_after_both_steps_is_fine() {
        let run = Sample::of(Completed)
            .commit(STORE, &[step_new(1, 0, 0)])
            .commit(TILL, &[step_new(1, 1, 0)])
            .commit(Host::COORDINATOR, &[saga(1, 1, 1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    /// Missing, undone and tombstoned: three ways in which a step is not done.
    #[test]
    fn completed_after_one_step_or_an_undone_one_is_a_violation() {
        for second in [None, Some(2), Some(3)] {
            let second: Vec<_> = second
                .map(|state| step_new(1, 1, state))
                .into_iter()
                .collect();
            let run = Sample::of(Completed)
                .commit(STORE, &[step_new(1, 0, 0)])
                .commit(TILL, &second)
                .commit(Host::COORDINATOR, &[saga(1, 1, 1)]);
            assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
        }
    }
}
