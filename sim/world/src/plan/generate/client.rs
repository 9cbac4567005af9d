//! Faults of clients.
//!
//! One fault only: a client has little else to go wrong. It may leave before it is answered, and then its saga must
//! end without it.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::plan::{Fault, FaultKind, Host, MessagePoint, PlannedFault, Side, Trigger};

/// Draws a fault of this kind. `None` if the kind belongs to another family. Double clicks and retries are part of the workload.
pub(super) fn draw(rng: &mut Pcg64Mcg, kind: FaultKind) -> Option<PlannedFault> {
    let request = MessagePoint {
        from: Host::CLIENTS,
        to: Host::COORDINATOR,
        what: None,
        saga: None,
        // As many requests as a workload of a few clients makes.
        nth: rng.random_range(1..=30),
        every: None,
        side: Side::Before,
    };
    let fault = match kind {
        FaultKind::Disconnect => Fault::Disconnect {
            after_millis: rng.random_range(0..600),
        },
        FaultKind::WithheldBody => Fault::WithheldBody {
            millis: rng.random_range(50..10_000),
        },
        _ => return None,
    };
    Some(PlannedFault {
        trigger: Trigger::Message(request),
        fault,
    })
}
