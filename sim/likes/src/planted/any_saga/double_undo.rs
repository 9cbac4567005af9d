//! How `double-undo` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation, with_blocked};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan, Side, Trigger};
use likewise_world::planted::{PlantedBug, double_undo};

pub(crate) const PLANTED_BUG: PlantedBug = double_undo::BUG.shown_by(
    &[
        "count-is-deltas",
        "likes-never-negative",
        "likes-equal-records",
    ],
    plan,
);

/// The reply of the only compensation is lost, so the compensation is repeated.
///
/// The user is blocked, so the saga has a count to undo. Undone twice, the count is below zero.
fn plan() -> Plan {
    let undo = MessagePoint {
        from: Host::COORDINATOR,
        to: ARTICLE,
        what: Some(MessageKind::UNDO),
        saga: None,
        nth: 1,
        every: None,
        side: Side::After,
    };
    let mut plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(Trigger::Message(undo), Fault::LoseReply);
    plan = with_blocked(plan, &[1]);
    plan
}
