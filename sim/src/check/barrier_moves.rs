//! A barrier row never comes back: what is undone or tombstoned is never done again.

use std::collections::BTreeSet;

use likewise_barrier::BarrierState::{Done, Refused, Tomb, Undone};

use super::{Delta, Findings, Invariant, Mirror, Property};

pub(super) const PROPERTY: Property = Property {
    name: "no-done-after-tomb",
    about: "a step that was undone, refused or tombstoned is never done afterwards, and no row is deleted",
};

pub(super) struct BarrierMoves;

impl Invariant for BarrierMoves {
    fn after_commit(&mut self, _: &Mirror, deltas: &[Delta], findings: &mut Findings) {
        // Only its own transaction may refuse a step: what was once durably done was done.
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
            // Rows that can never move again are where the property is put to the test.
            let allowed = match (before, after) {
                (None, Some(Done | Tomb)) | (Some(Done), Some(Undone)) => true,
                (Some(Done), Some(Refused)) => fresh,
                (Some(before), Some(after)) => before == after,
                _ => false,
            };
            if before.is_some() || !allowed {
                findings.require(PROPERTY, allowed, || {
                    format!(
                        "step {step} at the {service} service moved from {before:?} to {after:?}"
                    )
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples::*, *};
    use crate::{
        plan::Host,
        record::{Change, Standing},
    };

    fn standing(commits: &[&[Change]]) -> Standing {
        let run = commits.iter().fold(Sample::new(), |run, changes| {
            run.commit(Host::Article, changes)
        });
        run.standing(PROPERTY)
    }

    #[test]
    fn done_then_undone_and_a_refusal_in_its_own_transaction_are_fine() {
        let done = [step_new(1, 0, 0, 1), step_moved(1, 0, 0, 1)];
        let refused = [step_new(2, 0, 0, 1), step_moved(2, 0, 1, 1)];
        assert_eq!(
            standing(&[&done, &refused, &[step_moved(1, 0, 2, 1)]]),
            Standing::Held
        );
    }

    #[test]
    fn what_was_undone_refused_or_tombstoned_is_never_done_again() {
        for state in 1..=3 {
            let before = [step_new(1, 0, 0, 1), step_moved(1, 0, state, 1)];
            let tomb = [step_new(1, 0, state, 1)];
            let before: &[Change] = if state == 3 { &tomb } else { &before };
            assert_eq!(
                standing(&[before, &[step_moved(1, 0, 0, 1)]]),
                Standing::Violated
            );
        }
    }

    #[test]
    fn a_row_that_is_gone_or_refused_after_it_was_done_is_seen() {
        let done = [step_new(1, 0, 0, 1)];
        for later in [step_gone(1, 0, 0), step_moved(1, 0, 1, 1)] {
            assert_eq!(standing(&[&done, &[later]]), Standing::Violated);
        }
    }
}
