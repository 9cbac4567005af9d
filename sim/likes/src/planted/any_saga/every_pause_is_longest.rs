//! How `every-pause-is-longest` shows in likes.

use crate::names::USER;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, every_pause_is_longest};

pub(crate) const PLANTED_BUG: PlantedBug =
    every_pause_is_longest::BUG.shown_by(&["retries-within-bound"], plan);

/// The first request to the user service is lost.
fn plan() -> Plan {
    let step = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(step, Fault::LoseRequest)
}
