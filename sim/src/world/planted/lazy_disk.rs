//! The databases do not wait for the disk: a power cut loses acknowledged commits.
//!
//! It replaces no part of the product, but the way in which its files are opened. `likes/planted` passes the setting to
//! the simulated storage (`world/storage/store.rs`).
//!
//! In this mode SQLite does not sync its write-ahead log at each commit. Nothing is wrong until the power fails, so a
//! test that only kills processes does not find it.

use crate::likes::names::USER;
use likewise_saga::{service::KitParts, store::Synchronous};

use super::PlantedBug;
use crate::world::plan::{Action, CommitPoint, Fault, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "lazy-disk",
    about: "synchronous=NORMAL: an acknowledged like disappears with the power",
    caught_by: &["committed-stays"],
    kit: KitParts::default,
    plan,
};

/// The `synchronous` pragma of a system, if it is not what the product chooses.
pub(crate) fn synchronous(system: &str) -> Option<Synchronous> {
    (system == PLANTED_BUG.name).then_some(Synchronous::Normal)
}

/// The host of the user service loses power right after the commit of the record.
///
/// The commit is in a file that was not synced, so the next process does not find it.
fn plan() -> Plan {
    let power = Fault::PowerCut {
        host: USER,
        down_millis: 300,
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(CommitPoint::after(USER, "steps", 1), power)
}
