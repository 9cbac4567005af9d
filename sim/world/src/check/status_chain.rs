//! The statuses of a saga in the log are a chain: each change leaves the status in which the saga was.
//!
//! The log is only appended to. What a saga is now is what its last change says, so a change that does not follow from the one
//! before it would rewrite history without a trace.

use likewise_saga::protocol::Status;

use super::{Delta, Findings, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "statuses-are-a-chain",
    about: "each change in the saga log leaves the status in which the saga was, and nothing follows an end",
    exercised_by: "a saga that ends",
    kept_by: "the comparison in each change of the log: it is appended only after the status that it leaves",
};

pub(crate) struct StatusChain;

impl Invariant for StatusChain {
    fn after_commit(&mut self, _: &ObservedState, deltas: &[Delta], findings: &mut Findings) {
        for delta in deltas {
            let Delta::Saga {
                before,
                after,
                left: Some(left),
                ..
            } = delta
            else {
                continue;
            };
            let follows = before.map(Status::code) == Some(*left);
            let was_open = before.is_some_and(Status::is_open);
            findings.require(PROPERTY, follows && was_open && after.is_some(), || {
                let left = Status::of_code(*left);
                format!(
                    "a change says that a saga left {left:?} for {after:?}, but it was {before:?}"
                )
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::samples::*,
        plan::Host,
        record::{Change, PropertyStatus},
    };

    /// The start of saga 1 and the changes, each in a separate commit.
    fn status(changes: &[Change]) -> PropertyStatus {
        let begun = sample_of(StatusChain).commit(Host::COORDINATOR, &[started(1, "a")]);
        let run = changes
            .chunks(1)
            .fold(begun, |run, change| run.commit(Host::COORDINATOR, change));
        run.status(PROPERTY)
    }

    #[test]
    fn changes_that_follow_each_other_are_fine() {
        assert_eq!(status(&[left(1, 0, 1)]), PropertyStatus::Passed);
        let undone = [left(1, 0, 2), left(1, 2, 3)];
        assert_eq!(status(&undone), PropertyStatus::Passed);
        assert_eq!(status(&[]), PropertyStatus::NeverExercised);
    }

    #[test]
    fn a_change_from_another_status_or_after_an_end_is_a_violation() {
        let skipped = [left(1, 2, 3)];
        let twice = [left(1, 0, 2), left(1, 0, 1)];
        let again = [left(1, 0, 1), left(1, 1, 1)];
        let reopened = [left(1, 0, 1), left(1, 1, 2)];
        let unknown = [left(1, 0, 9)];
        for changes in [&skipped[..], &twice, &again, &reopened, &unknown] {
            assert_eq!(status(changes), PropertyStatus::Violated, "{changes:?}");
        }
    }

    #[test]
    fn a_saga_that_is_settled_at_its_start_is_fine() {
        let settled = [started(2, "b"), left(2, 0, 3)];
        let run = sample_of(StatusChain).commit(Host::COORDINATOR, &settled);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    /// A coordinator that starts reads all rows, those of one saga in their order.
    #[test]
    fn what_a_coordinator_finds_at_its_start_is_judged() {
        for (end, status) in [(3, PropertyStatus::Violated), (1, PropertyStatus::Passed)] {
            let known = [started(1, "a"), left(1, 0, 1)];
            let found = [started(1, "a"), left(1, end - 1, end)];
            let run = Sample::of_system(&SHOP, Vec::new()).commit(Host::COORDINATOR, &known);
            let run = run.reopen(Host::COORDINATOR, &["sagas", "saga_changes"], &found);
            assert_eq!(run.status(PROPERTY), status);
        }
    }
}
