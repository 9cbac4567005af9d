//! Faults of disks, under the databases.

use rand_pcg::Pcg64Mcg;

use crate::plan::{FaultKind, PlannedFault};

/// Draws a fault of a kind of this family.
pub(super) fn draw(_: &mut Pcg64Mcg, _: FaultKind) -> Option<PlannedFault> {
    None
}
