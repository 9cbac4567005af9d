//! How `swallowed-undo` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation, with_blocked};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, swallowed_undo};

pub(crate) const PLANTED_BUG: PlantedBug =
    swallowed_undo::BUG.shown_by(&["likes-equal-records", "compensated-is-none-done"], plan);

/// The like must be compensated, and the request for the compensation is lost.
///
/// The saga ends as compensated, and the count of its like stays.
fn plan() -> Plan {
    let undo = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::UNDO, 1);
    let mut plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(undo, Fault::LoseRequest);
    plan = with_blocked(plan, &[1]);
    plan
}
