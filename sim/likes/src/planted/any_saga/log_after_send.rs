//! How `log-after-send` shows in likes.

use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, Plan};
use likewise_world::planted::{PlantedBug, log_after_send};

pub(crate) const PLANTED_BUG: PlantedBug =
    log_after_send::BUG.shown_by(&["divergence-is-bounded", "repeats-change-nothing"], plan);

/// The coordinator is killed just before it commits the row.
///
/// What was sent may be counted at any time, and no row tells the next process to finish it or to undo it.
fn plan() -> Plan {
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 500,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(CommitPoint::before(Host::COORDINATOR, "saga-log", 1), crash)
}
