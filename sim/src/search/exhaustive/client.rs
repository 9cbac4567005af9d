//! Faults of the client whose request it is.

use crate::world::plan::{Fault, Host, InjectionPoint, Side};

/// The client leaves before its request has arrived, and while its saga is under way.
const AFTER_MILLIS: [u64; 2] = [5, 80];

/// The faults of this family that can strike here.
pub(super) fn at(point: &InjectionPoint) -> Vec<Fault> {
    match point {
        InjectionPoint::Message(point)
            if point.from == Host::Clients && point.side == Side::Before =>
        {
            let leave = |after_millis| Fault::Disconnect { after_millis };
            AFTER_MILLIS.into_iter().map(leave).collect()
        }
        _ => Vec::new(),
    }
}
