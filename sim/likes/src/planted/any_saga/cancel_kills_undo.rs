//! How `cancel-kills-undo` shows in likes.

use crate::names::LIKE;
use crate::{Action, operation, with_blocked};
use likewise_world::plan::{Fault, Host, MessagePoint, Operation, Plan};
use likewise_world::planted::{PlantedBug, cancel_kills_undo};

pub(crate) const PLANTED_BUG: PlantedBug =
    cancel_kills_undo::BUG.shown_by(&["every-saga-ends", "likes-equal-records"], plan);

/// A like must be compensated, and its client disconnects during the compensation and does not retry.
fn plan() -> Plan {
    let like = MessagePoint::request(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let hasty = Operation {
        retries: 0,
        ..operation(1, Action::Like, 1, 0)
    };
    let mut plan = Plan::new("")
        .with_operation(hasty)
        .with_fault(like, Fault::Disconnect { after_millis: 50 });
    plan = with_blocked(plan, &[1]);
    plan.timing.converge_within_millis = 20_000;
    plan
}
