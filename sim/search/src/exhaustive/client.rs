//! Faults of the client: it disconnects while its request is in progress, or withholds a body.

use super::bases::LONG_MILLIS;
use likewise_world::plan::{Fault, Host, InjectionPoint, Side};

/// The client disconnects before its request has arrived, or while its saga runs.
const AFTER_MILLIS: [u64; 2] = [5, 80];

/// The faults of this family that can be injected at this point.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    match point {
        InjectionPoint::Message(point)
            if point.from == Host::CLIENTS && point.side == Side::Before =>
        {
            let leave = |after_millis| Fault::Disconnect { after_millis };
            let withheld = Fault::WithheldBody {
                millis: LONG_MILLIS,
            };
            AFTER_MILLIS
                .into_iter()
                .map(leave)
                .chain([withheld])
                .collect()
        }
        _ => Vec::new(),
    }
}
