//! The server accepts no connection while so many are open as its limit allows: clients that withhold their bodies keep it
//! from answering `/livez`.
//!
//! It replaces no part of the product, but the listener. `likes/planted` passes the choice to the simulated process.

use likewise_saga::service::KitParts;

use crate::likes::names::LIKE;

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "health-behind-limit",
    about: "health is behind the limit on connections: clients that withhold bodies silence it",
    caught_by: &["health-is-answered"],
    kit: KitParts::default,
    plan,
};

/// Two clients withhold their bodies at a coordinator that serves two connections.
fn plan() -> Plan {
    let like = |nth| MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, nth);
    let withheld = Fault::WithheldBody { millis: 8_000 };
    let mut plan = Plan::new("")
        .with_prober()
        .with_operation(Operation::new(1, Action::Like, 1, 2_000))
        .with_operation(Operation::new(2, Action::Like, 1, 2_000))
        .with_fault(like(2), withheld)
        .with_fault(like(3), withheld);
    plan.limits.connections_max = 2;
    plan
}
