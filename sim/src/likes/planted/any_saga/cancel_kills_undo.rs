//! How `cancel-kills-undo` shows in likes.

use crate::likes::names::LIKE;
use crate::likes::{Action, operation, with_blocked};
use crate::world::plan::{Fault, Host, MessagePoint, Operation, Plan};
use crate::world::planted::{PlantedBug, cancel_kills_undo};

pub(in crate::likes) const PLANTED_BUG: PlantedBug =
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
