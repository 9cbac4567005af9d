//! How `lease-never-free` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, Name, Plan, Topology};
use likewise_world::planted::{PlantedBug, lease_never_free};

pub(crate) const PLANTED_BUG: PlantedBug =
    lease_never_free::BUG.shown_by(&["takes-over-within-bound", "heals-within-bound"], plan);

/// The leader dies in the middle of a saga.
fn plan() -> Plan {
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 10_000,
    };
    let mut plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(CommitPoint::after(ARTICLE, "steps", 1), crash);
    plan.topology = Topology::default().with(Name::COORDINATOR, 2);
    plan
}
