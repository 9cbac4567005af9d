//! How `no-tombstone` shows in likes.

use crate::names::USER;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan, Side, Trigger};
use likewise_world::planted::{PlantedBug, no_tombstone};

pub(crate) const PLANTED_BUG: PlantedBug =
    no_tombstone::BUG.shown_by(&["likes-equal-records", "undo-first-holds"], plan);

/// The first request for the record is held back until long after the saga was sealed and undone. A partition stops its
/// retries.
///
/// When it arrives, nothing says that its saga has ended, so it makes a record that no count knows of.
fn plan() -> Plan {
    let record = |side| MessagePoint {
        from: Host::COORDINATOR,
        to: USER,
        what: Some(MessageKind::DO),
        saga: None,
        nth: 1,
        every: None,
        side,
    };
    let cut_off = Fault::Partition {
        a: Host::COORDINATOR,
        b: USER,
        millis: 3_500,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(
            Trigger::Message(record(Side::Before)),
            Fault::Delay { millis: 8_000 },
        )
        .with_fault(Trigger::Message(record(Side::Before)), cut_off)
}
