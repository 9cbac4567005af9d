//! Faults of the link that a message is on.

use crate::{plan::Fault, record::CutPoint};

/// A cut of a link that a saga outlives, and one that outlives its deadline.
const PARTITION_MILLIS: [u64; 2] = [700, 4_500];

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
    PARTITION_MILLIS.into_iter().flat_map(cuts).collect()
}
