//! Faults of links.
//!
//! A link is cut for up to six seconds: some cuts are shorter than a time-out and only cause retries, others outlast
//! the deadline of a saga.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::places::Places;
use crate::plan::{Fault, FaultKind, PlannedFault};

/// Draws a fault of this kind. `None` if the kind belongs to another family.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, kind: FaultKind) -> Option<PlannedFault> {
    let millis = rng.random_range(5..2_000);
    let (a, b) = places.link(rng);
    let (from, to) = if rng.random_bool(0.5) { (a, b) } else { (b, a) };
    let fault = match kind {
        FaultKind::Partition => Fault::Partition {
            a,
            b,
            millis: millis * 3,
        },
        FaultKind::PartitionOneWay => Fault::PartitionOneWay {
            from,
            to,
            millis: millis * 3,
        },
        FaultKind::SlowLink => Fault::SlowLink {
            a,
            b,
            latency_millis: rng.random_range(20..800),
            millis: millis * 3,
        },
        FaultKind::Flap => Fault::Flap {
            a,
            b,
            times: rng.random_range(2..8),
            millis: rng.random_range(20..600),
        },
        _ => return None,
    };
    let trigger = places.anywhere(rng);
    Some(PlannedFault { trigger, fault })
}
