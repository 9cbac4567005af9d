//! The answer to a client has no time-out: it waits until the saga has ended.
//!
//! It replaces no part of the product, but a setting. `likes/planted` passes it to the coordinator's configuration.

use likewise_saga::service::KitParts;

use crate::likes::names::USER;

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "no-answer-timeout",
    about: "the answer to a client has no time-out: a like waits for as long as a participant is silent",
    caught_by: &["answered-within-bound"],
    kit: KitParts::default,
    plan,
};

/// The user service accepts the first step, and answers nothing for much longer than a like may take.
fn plan() -> Plan {
    let step = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let silent = Fault::AcceptAndNeverAnswer {
        host: USER,
        millis: 12_000,
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(step, silent)
}
