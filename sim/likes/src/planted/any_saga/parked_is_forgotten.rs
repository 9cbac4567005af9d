//! How `parked-is-forgotten` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation, with_blocked};
use likewise_world::plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, parked_is_forgotten};

pub(crate) const PLANTED_BUG: PlantedBug =
    parked_is_forgotten::BUG.shown_by(&["every-saga-ends", "likes-equal-records"], plan);

/// The article service is unreachable until the saga is parked. Then the coordinator restarts.
///
/// The compensation was parked with a task that goes on trying. The restart ends that task, and nobody starts another
/// one.
fn plan() -> Plan {
    let undo = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::UNDO, 1);
    let cut_off = Fault::Partition {
        a: Host::COORDINATOR,
        b: ARTICLE,
        millis: 15_000,
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 200,
    };
    let mut plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(undo, cut_off)
        .with_fault(CommitPoint::after(Host::COORDINATOR, "saga-log", 3), crash);
    plan = with_blocked(plan, &[1]);
    plan.timing.converge_within_millis = 30_000;
    plan
}
