//! Faults of the link that a message is on.

use super::{LONG_MILLIS, SHORT_MILLIS};
use crate::world::plan::{Fault, InjectionPoint};

/// A point of a link that a saga outlives, and one that outlives its deadline.
const PARTITION_MILLIS: [u64; 2] = [SHORT_MILLIS, LONG_MILLIS];

/// Cut, whole, point, whole, point: a retry falls into each.
const FLAPS: u32 = 3;
const FLAP_MILLIS: u64 = 90;

/// The faults of this family that can strike here.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let InjectionPoint::Message(point) = point else {
        return Vec::new();
    };
    let (a, b) = (point.from, point.to);
    let points = |millis| {
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
    let points = PARTITION_MILLIS.into_iter().flat_map(points);
    points.chain([slow, flap]).collect()
}
