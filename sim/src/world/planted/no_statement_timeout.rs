//! A statement without an answer is waited for without a limit: one silent connection stops a service for good.
//!
//! It replaces no part of the product, but a setting. `likes/planted` passes it to the simulated storage.

use likewise_saga::service::KitParts;

use crate::likes::names::ARTICLE;

use super::PlantedBug;
use crate::world::plan::{Action, CommitPoint, Fault, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "no-statement-timeout",
    about: "statements have no time-out: one silent connection stops every like for good",
    caught_by: &["every-saga-ends", "recovers-after-silence"],
    kit: KitParts::default,
    plan,
};

/// The connection of the article service goes silent at its first steps.
fn plan() -> Plan {
    let silent = CommitPoint::before(ARTICLE, "steps", 1);
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_operation(Operation::new(2, Action::Like, 1, 5_000))
        .with_fault(silent, Fault::SilentConnection)
}
