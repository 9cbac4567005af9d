//! A barrier row never returns to `Done`: a step that was undone, refused or tombstoned stays so.
//!
//! A new row is `Done` or `Tomb`. `Done` becomes `Undone`, or `Refused` in the transaction that inserted it. Every
//! other move is a violation. Rows are deleted by retention alone.

use std::collections::BTreeSet;

use likewise_barrier::BarrierState::{self, Done, Refused, Tomb, Undone};

use super::{Delta, Findings, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "no-done-after-tomb",
    about: "a step that was undone, refused or tombstoned is never done afterwards, and without retention no row is deleted",
    exercised_by: "a step that a participant executes",
    kept_by: "the barrier: a row moves only from done to undone, and an end is final",
};

pub(crate) struct BarrierMoves;

impl Invariant for BarrierMoves {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        // Only the transaction that inserts a row may refuse the step: a durable `Done` is an effect that others have seen.
        let mut inserted = BTreeSet::new();
        for delta in deltas {
            let Delta::Barrier {
                service,
                saga,
                step,
                before,
                after,
            } = delta
            else {
                continue;
            };
            if before.is_none() {
                inserted.insert((service, saga, step));
            }
            let fresh = inserted.contains(&(service, saga, step));
            // An insert is allowed in any case, so it does not exercise the property.
            let allowed = match (before, after) {
                (None, Some(Done | Tomb)) | (Some(Done), Some(Undone)) => true,
                (Some(Done), Some(Refused)) => fresh,
                (Some(before), Some(after)) => before == after,
                // With retention, `refused-before-deleted` judges it.
                (Some(_), None) => observed.retained[0].is_some(),
                _ => false,
            };
            if before.is_some() || !allowed {
                findings.require(PROPERTY, allowed, || {
                    let [before, after] = [before, after].map(|state| word(*state));
                    format!("step {step} at the {service} service moved from {before} to {after}")
                });
            }
        }
    }
}

fn word(state: Option<BarrierState>) -> &'static str {
    match state {
        Some(Done) => "done",
        Some(Refused) => "refused",
        Some(Undone) => "undone",
        Some(Tomb) => "tombstone",
        None => "no row",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::samples::*,
        record::{Change, PropertyStatus},
    };

    fn status(commits: &[&[Change]]) -> PropertyStatus {
        let run = commits
            .iter()
            .fold(sample_of(BarrierMoves), |run, changes| {
                run.commit(STORE, changes)
            });
        run.status(PROPERTY)
    }

    #[test]
    fn done_then_undone_and_a_refusal_in_its_own_transaction_are_fine() {
        let done = [step_new(1, 0, 0), step_moved(1, 0, 0)];
        let refused = [step_new(2, 0, 0), step_moved(2, 0, 1)];
        assert_eq!(
            status(&[&done, &refused, &[step_moved(1, 0, 2)]]),
            PropertyStatus::Passed
        );
    }

    #[test]
    fn a_step_that_was_undone_refused_or_tombstoned_is_never_done_again() {
        for state in 1..=3 {
            let before = [step_new(1, 0, 0), step_moved(1, 0, state)];
            let tomb = [step_new(1, 0, state)];
            let before: &[Change] = if state == 3 { &tomb } else { &before };
            assert_eq!(
                status(&[before, &[step_moved(1, 0, 0)]]),
                PropertyStatus::Violated
            );
        }
    }

    #[test]
    fn a_deleted_row_or_a_refusal_after_done_is_a_violation() {
        let done = [step_new(1, 0, 0)];
        for later in [step_gone(1, 0, 0), step_moved(1, 0, 1)] {
            assert_eq!(status(&[&done, &[later]]), PropertyStatus::Violated);
        }
    }
}
