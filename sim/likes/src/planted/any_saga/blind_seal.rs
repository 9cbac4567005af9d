//! How `blind-seal` shows in likes.

use crate::names::USER;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, blind_seal};

pub(crate) const PLANTED_BUG: PlantedBug =
    blind_seal::BUG.shown_by(&["likes-equal-records", "compensated-is-none-done"], plan);

/// The record is made, its replies are lost until the deadline, and then the step is sealed.
///
/// The count is compensated and the record is not, so they differ.
fn plan() -> Plan {
    let every_reply = MessagePoint {
        every: Some(1),
        ..MessagePoint::reply(Host::COORDINATOR, USER, MessageKind::DO, 1)
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(every_reply, Fault::LoseReply)
}
