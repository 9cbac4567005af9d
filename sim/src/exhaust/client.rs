//! Faults of the client whose request it is.

use crate::{plan::Fault, record::CutPoint};

/// The faults of this family that can strike here.
pub(super) fn at(_: &CutPoint) -> Vec<Fault> {
    Vec::new()
}
