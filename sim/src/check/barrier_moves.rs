//! A barrier row never comes back: what is undone or tombstoned is never done again.

use likewise::barrier::BarrierState::{Done, Refused, Tomb, Undone};

use super::{Delta, Findings, Invariant, Mirror, Property};

pub(super) const PROPERTY: Property = Property {
    name: "no-done-after-tomb",
    about: "a step that was undone, refused or tombstoned is never done afterwards, and no row is deleted",
};

pub(super) struct BarrierMoves;

impl Invariant for BarrierMoves {
    fn after_commit(&mut self, _: &Mirror, deltas: &[Delta], findings: &mut Findings) {
        for delta in deltas {
            let Delta::Barrier {
                service,
                step,
                before,
                after,
                ..
            } = delta
            else {
                continue;
            };
            // Rows that can never move again are where the property is put to the test.
            let allowed = match (before, after) {
                (None, Some(Done | Tomb)) | (Some(Done), Some(Done | Refused | Undone)) => true,
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
