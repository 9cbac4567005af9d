//! Readiness pings the coordinator's own database and nothing else: it says *ready* while no like can succeed.
//!
//! It replaces no part of the product, but a setting. `likes/planted` passes it to the coordinator's configuration.

use likewise_saga::service::KitParts;

use crate::likes::names::USER;

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Operation, Plan, Trigger};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "ready-only-pings",
    about: "readiness only pings the saga log: it says ready while a service is silent",
    caught_by: &["ready-tells-the-truth"],
    kit: KitParts::default,
    plan,
};

/// The database of the user service hangs for a while. The second like keeps the run going until then.
fn plan() -> Plan {
    let hang = Fault::Hang {
        host: USER,
        millis: 4_000,
    };
    Plan::new("")
        .with_prober()
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_operation(Operation::new(2, Action::Like, 1, 8_000))
        .with_fault(Trigger::At { millis: 1_500 }, hang)
}
