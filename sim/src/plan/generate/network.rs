//! Faults of the links between machines.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::places::{anywhere, link};
use crate::plan::{Fault, FaultKind, PlannedFault};

/// Draws a fault of a kind of this family.
pub(super) fn draw(rng: &mut Pcg64Mcg, kind: FaultKind) -> Option<PlannedFault> {
    let millis = rng.random_range(5..2_000);
    let (fault, trigger) = match kind {
        FaultKind::Partition => {
            let (a, b) = link(rng);
            (
                Fault::Partition {
                    a,
                    b,
                    millis: millis * 3,
                },
                anywhere(rng),
            )
        }
        FaultKind::PartitionOneWay => {
            let (a, b) = link(rng);
            let (from, to) = if rng.random_bool(0.5) { (a, b) } else { (b, a) };
            (
                Fault::PartitionOneWay {
                    from,
                    to,
                    millis: millis * 3,
                },
                anywhere(rng),
            )
        }
        _ => return None,
    };
    Some(PlannedFault { trigger, fault })
}
