//! The databases do not wait for the disk: an acknowledged commit disappears with the power.
//!
//! What it replaces is not a part of the product but how its files are opened; the simulated
//! storage asks for it (`sim/src/world/store.rs`).

use likewise::service::Parts;
use likewise_saga::store::Synchronous;

use super::PlantedBug;
use crate::world::plan::{Action, CommitPoint, Fault, Host, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "lazy-disk",
    about: "synchronous=NORMAL: an acknowledged like disappears with the power",
    caught_by: &["committed-stays"],
    parts: Parts::default,
    plan,
};

/// How the files of a system are opened.
pub(crate) fn synchronous(system: &str) -> Synchronous {
    match system == PLANTED_BUG.name {
        true => Synchronous::Normal,
        false => Synchronous::Full,
    }
}

/// The user service's machine loses its power right after the record was committed.
fn plan() -> Plan {
    let power = Fault::PowerCut {
        host: Host::User,
        down_millis: 300,
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(CommitPoint::after(Host::User, "steps", 1), power)
}
