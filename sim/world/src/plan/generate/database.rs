//! Faults of databases, as a service sees them.
//!
//! A lost connection is only drawn at a commit, before or after it: there it decides whether the outcome is in doubt.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::places::Places;
use crate::plan::{Fault, FaultKind, PlannedFault, Trigger};

/// Most batches of a plan have fewer items. The numbers go round.
const ITEMS_MAX: u32 = 4;

/// Draws a fault of this kind. `None` if the kind belongs to another family.
pub(super) fn draw(rng: &mut Pcg64Mcg, places: &Places, kind: FaultKind) -> Option<PlannedFault> {
    let millis = rng.random_range(50..4_000);
    let trigger = match kind {
        FaultKind::LoseConnection | FaultKind::SilentConnection => places.commit(rng),
        FaultKind::RefusedRow => places.before_commit(rng),
        _ => places.anywhere(rng),
    };
    // A fault at a commit is a fault of the database that commits, or it would have nothing to do with its trigger.
    let host = match &trigger {
        Trigger::Commit(point) => point.host,
        _ => places.service(rng),
    };
    let fault = match kind {
        FaultKind::LoseConnection => Fault::LoseConnection,
        FaultKind::Busy => Fault::Busy { host, millis },
        FaultKind::PoolExhausted => Fault::PoolExhausted { host, millis },
        FaultKind::Outage => Fault::Outage { host, millis },
        FaultKind::SlowDatabase => Fault::SlowDatabase {
            host,
            extra_millis: rng.random_range(5..600),
            millis,
        },
        FaultKind::Hang => Fault::Hang { host, millis },
        FaultKind::SilentConnection => Fault::SilentConnection,
        FaultKind::TooManyClients => Fault::TooManyClients { host, millis },
        FaultKind::OutsiderLock => Fault::OutsiderLock { host, millis },
        FaultKind::RefusedRow => Fault::RefusedRow {
            item: rng.random_range(1..=ITEMS_MAX),
            millis,
        },
        _ => return None,
    };
    Some(PlannedFault { trigger, fault })
}
