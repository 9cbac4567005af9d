//! Faults of the link that a message is on.

use super::{LONG_MILLIS, SHORT_MILLIS};
use crate::{plan::Fault, record::CutPoint};

/// A cut of a link that a saga outlives, and one that outlives its deadline.
const PARTITION_MILLIS: [u64; 2] = [SHORT_MILLIS, LONG_MILLIS];

/// Cut, whole, cut, whole, cut: a retry falls into each.
const FLAPS: u32 = 3;
const FLAP_MILLIS: u64 = 90;

/// The faults of this family that can strike here.
pub(super) fn at(cut: &CutPoint) -> Vec<Fault> {
    let CutPoint::Message(cut) = cut else {
        return Vec::new();
    };
    let (a, b) = (cut.from, cut.to);
    let cuts = |millis| {
        [
            Fault::Partition { a, b, millis },
            Fault::PartitionOneWay {
                from: a,
                to: b,
                millis,
            },
            Fault::PartitionOneWay {
                from: b,
                to: a,
                millis,
            },
        ]
    };
    let slow = Fault::SlowLink {
        a,
        b,
        latency_millis: SHORT_MILLIS,
        millis: LONG_MILLIS,
    };
    let flap = Fault::Flap {
        a,
        b,
        times: FLAPS,
        millis: FLAP_MILLIS,
    };
    let cuts = PARTITION_MILLIS.into_iter().flat_map(cuts);
    cuts.chain([slow, flap]).collect()
}
