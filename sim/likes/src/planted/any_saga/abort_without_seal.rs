//! How `abort-without-seal` shows in likes.

use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, Plan, Side, Trigger};
use likewise_world::planted::{PlantedBug, abort_without_seal};

pub(crate) const PLANTED_BUG: PlantedBug =
    abort_without_seal::BUG.shown_by(&["acknowledged-like-stays"], plan);

/// The coordinator is killed after it has answered, before the end of the saga is in its log.
///
/// Recovery then finds a running saga and undoes it. The client has its answer, and the like is gone.
fn plan() -> Plan {
    let mark = CommitPoint {
        host: Host::COORDINATOR,
        what: Some("saga-log".into()),
        nth: 2,
        side: Side::Before,
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 200,
    };
    // The second like keeps the run going until the coordinator is back.
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 1_000))
        .with_fault(Trigger::Commit(mark), crash)
}
