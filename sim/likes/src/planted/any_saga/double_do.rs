//! How `double-do` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, double_do};

pub(crate) const PLANTED_BUG: PlantedBug = double_do::BUG.shown_by(
    &[
        "count-is-deltas",
        "likes-equal-records",
        "repeats-change-nothing",
    ],
    plan,
);

/// The reply of the first action is lost, so the action is repeated.
///
/// The repeat finds the row of the first one, and the action runs beside it once more: two are counted, and one
/// record exists.
fn plan() -> Plan {
    let count = MessagePoint::reply(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1);
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(count, Fault::LoseReply)
}
