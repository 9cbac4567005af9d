//! How `soft-refusal` shows in likes.

use crate::{Action, operation, with_blocked};
use likewise_world::plan::Plan;
use likewise_world::planted::{PlantedBug, soft_refusal};

pub(crate) const PLANTED_BUG: PlantedBug =
    soft_refusal::BUG.shown_by(&["repeats-change-nothing"], plan);

/// A blocked user tries to like an article. The probes unblock the user and repeat the step.
fn plan() -> Plan {
    let mut plan = Plan::new("").with_operation(operation(1, Action::Like, 1, 0));
    plan = with_blocked(plan, &[1]);
    plan
}
