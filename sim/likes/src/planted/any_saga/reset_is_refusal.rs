//! How `reset-is-refusal` shows in likes.

use crate::names::USER;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan, Side, Trigger};
use likewise_world::planted::{PlantedBug, reset_is_refusal};

pub(crate) const PLANTED_BUG: PlantedBug =
    reset_is_refusal::BUG.shown_by(&["likes-equal-records", "compensated-is-none-done"], plan);

/// The record is made, but its reply is lost.
///
/// The coordinator takes the missing reply for a refusal and undoes the count. The record stays.
fn plan() -> Plan {
    let record = MessagePoint {
        from: Host::COORDINATOR,
        to: USER,
        what: Some(MessageKind::DO),
        saga: None,
        nth: 1,
        every: None,
        side: Side::After,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(Trigger::Message(record), Fault::LoseReply)
}
