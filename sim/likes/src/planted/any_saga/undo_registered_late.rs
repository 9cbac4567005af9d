//! How `undo-registered-late` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, undo_registered_late};

pub(crate) const PLANTED_BUG: PlantedBug =
    undo_registered_late::BUG.shown_by(&["likes-equal-records", "compensated-is-none-done"], plan);

/// The article service counts the like, but no acknowledgement ever arrives.
///
/// At the deadline the coordinator knows of no effect, so it undoes nothing. The count stays without a record.
fn plan() -> Plan {
    let every_reply = MessagePoint {
        every: Some(1),
        ..MessagePoint::reply(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1)
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(every_reply, Fault::LoseReply)
}
