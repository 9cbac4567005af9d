//! A participant without an answer is waited for without a limit.
//!
//! It replaces no part of the product, but a setting. `likes/planted` passes it to the coordinator's configuration.

use likewise_saga::service::KitParts;

use crate::likes::names::USER;

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "no-step-timeout",
    about: "requests to a participant have no time-out: one that is never answered stops its queue",
    caught_by: &["every-saga-ends"],
    kit: KitParts::default,
    plan,
};

/// The user service accepts the first step and never answers it.
fn plan() -> Plan {
    let step = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let silent = Fault::AcceptAndNeverAnswer {
        host: USER,
        millis: 1_000,
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(step, silent)
}
