//! How `early-gc` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, early_gc};

pub(crate) const PLANTED_BUG: PlantedBug =
    early_gc::BUG.shown_by(&["no-done-after-tomb", "likes-equal-records"], plan);

/// A copy of the first action arrives long after the end of its saga.
///
/// Its row is gone by then, so the copy counts the like a second time.
fn plan() -> Plan {
    let count = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1);
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(count, Fault::ReplayLate { millis: 8_000 })
}
