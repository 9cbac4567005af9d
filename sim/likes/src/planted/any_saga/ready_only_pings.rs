//! How `ready-only-pings` shows in likes.

use crate::names::USER;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Plan, Trigger};
use likewise_world::planted::{PlantedBug, ready_only_pings};

pub(crate) const PLANTED_BUG: PlantedBug =
    ready_only_pings::BUG.shown_by(&["ready-tells-the-truth"], plan);

/// The database of the user service hangs for a while. The second like keeps the run going until then.
fn plan() -> Plan {
    let hang = Fault::Hang {
        host: USER,
        millis: 4_000,
    };
    Plan::new("")
        .with_prober()
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 8_000))
        .with_fault(Trigger::At { millis: 1_500 }, hang)
}
