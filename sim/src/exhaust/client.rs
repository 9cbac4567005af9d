//! Faults of the client whose request it is.

use crate::{
    plan::{Fault, Host, Side},
    record::CutPoint,
};

/// The client leaves before its request has arrived, and while its saga is under way.
const AFTER_MILLIS: [u64; 2] = [5, 80];

/// The faults of this family that can strike here.
pub(super) fn at(cut: &CutPoint) -> Vec<Fault> {
    match cut {
        CutPoint::Message(cut) if cut.from == Host::Clients && cut.side == Side::Before => {
            let leave = |after_millis| Fault::Disconnect { after_millis };
            AFTER_MILLIS.into_iter().map(leave).collect()
        }
        _ => Vec::new(),
    }
}
