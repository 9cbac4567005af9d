//! A saga is logged as completed only if every step is done.
//!
//! The status may be logged long after the client was answered. The barrier rows are in other databases, so only a
//! check that sees all of them can judge it.

use super::{Delta, Findings, Invariant, ObservedState, Property};
use likewise_saga::protocol::Status;

pub(crate) const PROPERTY: Property = Property {
    name: "completed-is-all-done",
    about: "a saga is completed only if all of its steps are done",
    exercised_by: "an operation whose saga completes",
    kept_by: "the implicit commit: a saga completes only after every step up to the pivot was answered done",
};

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
            let steps = observed.sagas.get(saga).map_or(0, |saga| saga.steps);
            findings.require(PROPERTY, done == steps, || {
                format!("a saga was logged as completed with {done} of {steps} steps done")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{check::samples::*, plan::Host, record::PropertyStatus};

    #[test]
    fn completed_after_every_step_is_fine() {
        let run = sample_of(Completed)
            .commit(STORE, &[step_new(1, 0, 0), step_new(1, 2, 0)])
            .commit(TILL, &[step_new(1, 1, 0)])
            .commit(Host::COORDINATOR, &[saga(1, 1, 1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    /// Missing, undone and tombstoned: three ways in which a step is not done.
    #[test]
    fn completed_without_one_step_or_with_an_undone_one_is_a_violation() {
        for second in [None, Some(2), Some(3)] {
            let second: Vec<_> = second
                .map(|state| step_new(1, 1, state))
                .into_iter()
                .collect();
            let run = sample_of(Completed)
                .commit(STORE, &[step_new(1, 0, 0), step_new(1, 2, 0)])
                .commit(TILL, &second)
                .commit(Host::COORDINATOR, &[saga(1, 1, 1)]);
            assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
        }
    }

    /// Otherwise a saga that nobody knows would complete with any number of steps.
    #[test]
    fn a_saga_of_an_unknown_kind_does_not_complete() {
        let unknown = saga_row(1, "unknown", (1, 1), None, &json!({}));
        let run = sample_of(Completed)
            .commit(STORE, &[step_new(1, 0, 0)])
            .commit(Host::COORDINATOR, &[unknown]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }
}
