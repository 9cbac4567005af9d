//! There is no back-off: the first retry of each request waits as long as the last one.
//!
//! It replaces no part of the product, but a setting: every pause is the longest. `likes/planted` passes it to the
//! coordinator's configuration.

use likewise_saga::service::KitParts;

use crate::likes::names::USER;

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "every-pause-is-longest",
    about: "there is no back-off: one lost request delays its saga by the longest pause",
    caught_by: &["retries-within-bound"],
    kit: KitParts::default,
    plan,
};

/// The first request to the user service is lost.
fn plan() -> Plan {
    let step = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(step, Fault::LoseRequest)
}
