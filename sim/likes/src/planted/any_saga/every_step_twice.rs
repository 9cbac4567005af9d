//! How `every-step-twice` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation, with_blocked};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, every_step_twice};

pub(crate) const PLANTED_BUG: PlantedBug = every_step_twice::BUG.shown_by(&[], plan);

/// A like that must be compensated, with a repeated compensation.
///
/// It has an action, a refusal, a compensation, and a repeat of the compensation.
fn plan() -> Plan {
    let undo = MessagePoint::reply(Host::COORDINATOR, ARTICLE, MessageKind::UNDO, 1);
    let mut plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 0))
        .with_fault(undo, Fault::LoseReply);
    plan = with_blocked(plan, &[1]);
    plan
}
