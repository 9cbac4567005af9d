//! How `health-behind-limit` shows in likes.

use crate::names::LIKE;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, health_behind_limit};

pub(crate) const PLANTED_BUG: PlantedBug =
    health_behind_limit::BUG.shown_by(&["health-is-answered"], plan);

/// Two clients withhold their bodies at a coordinator that serves two connections.
fn plan() -> Plan {
    let like = |nth| MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, nth);
    let withheld = Fault::WithheldBody { millis: 8_000 };
    let mut plan = Plan::new("")
        .with_prober()
        .with_operation(operation(1, Action::Like, 1, 2_000))
        .with_operation(operation(2, Action::Like, 1, 2_000))
        .with_fault(like(2), withheld)
        .with_fault(like(3), withheld);
    plan.limits.connections_max = 2;
    plan
}
