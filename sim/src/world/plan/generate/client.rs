//! Faults of users and their clients.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::world::plan::{Fault, FaultKind, Host, MessagePoint, PlannedFault, Side, Trigger};

/// Draws a fault of a kind of this family. Double clicks and retries are the workload's own.
pub(super) fn draw(rng: &mut Pcg64Mcg, kind: FaultKind) -> Option<PlannedFault> {
    if kind != FaultKind::Disconnect {
        return None;
    }
    let request = MessagePoint {
        from: Host::Clients,
        to: Host::Coordinator,
        what: None,
        saga: None,
        nth: rng.random_range(1..=30),
        every: None,
        side: Side::Before,
    };
    Some(PlannedFault {
        trigger: Trigger::Message(request),
        fault: Fault::Disconnect {
            after_millis: rng.random_range(0..600),
        },
    })
}
