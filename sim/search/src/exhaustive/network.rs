//! Faults of the link that a message uses.

use super::bases::{LONG_MILLIS, SHORT_MILLIS};
use likewise_world::plan::{Fault, InjectionPoint};

/// A partition that a saga survives, and one that lasts longer than its deadline.
const PARTITION_MILLIS: [u64; 2] = [SHORT_MILLIS, LONG_MILLIS];

/// The link is down three times. Each time is longer than a step time-out, so a retry falls into each.
const FLAPS: u32 = 3;
/// How long the link is down, and up again, each time.
const FLAP_MILLIS: u64 = 90;

/// The faults of this family that can be injected at this point.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let InjectionPoint::Message(point) = point else {
        return Vec::new();
    };
    let (a, b) = (point.from, point.to);
    let partitions = |millis| {
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
    let partitions = PARTITION_MILLIS.into_iter().flat_map(partitions);
    partitions.chain([slow, flap]).collect()
}
