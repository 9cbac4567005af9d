//! Faults of disks, under the databases.
//!
//! They end after at most four seconds, in the middle of the workload: what matters is how a service goes on
//! afterwards.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::places::Places;
use crate::plan::{Fault, FaultKind, PlannedFault, Trigger};

/// Draws a fault of this kind. `None` if the kind belongs to another family.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, kind: FaultKind) -> Option<PlannedFault> {
    let millis = rng.random_range(50..4_000);
    let trigger = places.anywhere(rng);
    let host = match &trigger {
        Trigger::Commit(point) => point.host,
        _ => places.service(rng),
    };
    let fault = match kind {
        FaultKind::DiskFull => Fault::DiskFull { host, millis },
        FaultKind::DiskError => Fault::DiskError { host, millis },
        _ => return None,
    };
    Some(PlannedFault { trigger, fault })
}
