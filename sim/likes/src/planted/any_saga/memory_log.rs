//! How `memory-log` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, Operation, Plan, Side, Trigger};
use likewise_world::planted::{PlantedBug, memory_log};

pub(crate) const PLANTED_BUG: PlantedBug =
    memory_log::BUG.shown_by(&["divergence-is-bounded", "likes-equal-records"], plan);

/// The coordinator is killed between the two steps.
///
/// The like is counted, and nothing that is left knows that its record is missing.
fn plan() -> Plan {
    let counted = CommitPoint {
        host: ARTICLE,
        what: Some("steps".into()),
        nth: 1,
        side: Side::After,
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 500,
    };
    let impatient = Operation {
        timeout_millis: 400,
        retries: 0,
        ..operation(1, Action::Like, 1, 0)
    };
    Plan::new("")
        .with_operation(impatient)
        .with_fault(Trigger::Commit(counted), crash)
}
