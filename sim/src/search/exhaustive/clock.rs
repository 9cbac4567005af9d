//! Faults of the clock of the coordinator, whose deadlines it reads, at its commits.

use super::LONG_MILLIS;
use crate::world::plan::{Fault, InjectionPoint, Service};

/// Further than any deadline.
const WRONG_BY_MILLIS: i64 = 60_000;

/// The faults of this family that can strike here.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let host = match point {
        InjectionPoint::Commit(point) if point.host.service() == Some(Service::Coordinator) => {
            point.host
        }
        _ => return Vec::new(),
    };
    let jump = |by_millis| Fault::ClockJump { host, by_millis };
    let skew = Fault::ClockSkew {
        host,
        by_millis: -WRONG_BY_MILLIS,
        millis: LONG_MILLIS,
    };
    let drift = |percent| Fault::ClockDrift {
        host,
        percent,
        millis: LONG_MILLIS,
    };
    vec![
        jump(WRONG_BY_MILLIS),
        jump(-WRONG_BY_MILLIS),
        skew,
        drift(900),
        drift(-100),
    ]
}
