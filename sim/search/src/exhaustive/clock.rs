//! Faults of a coordinator's clock, at its commits. Only coordinators read deadlines, so other clocks have no cases.

use super::bases::LONG_MILLIS;
use likewise_world::plan::{Fault, InjectionPoint};

/// The error of the clock: far beyond any deadline.
const WRONG_BY_MILLIS: i64 = 60_000;

/// The faults of this family that can be injected at this point.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    let host = match point {
        InjectionPoint::Commit(point) if point.host.is_coordinator() => point.host,
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
        // Ten times as fast, and stopped.
        drift(900),
        drift(-100),
    ]
}
