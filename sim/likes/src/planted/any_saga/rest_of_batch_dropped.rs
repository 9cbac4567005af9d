//! How `rest-of-batch-dropped` shows in likes.

use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, Plan};
use likewise_world::planted::{PlantedBug, rest_of_batch_dropped};

pub(crate) const PLANTED_BUG: PlantedBug = rest_of_batch_dropped::BUG
    .shown_by(&["divergence-is-bounded", "acknowledged-like-stays"], plan);

/// The sagas of five users are one batch of the saga log, and the database refuses the second one.
///
/// Four sagas are driven without a row, so nobody would finish them after a crash.
fn plan() -> Plan {
    let refused = Fault::RefusedRow {
        item: 2,
        millis: 1_000,
    };
    let users = 1..=6;
    let plan = users.fold(Plan::new(""), |plan, user| {
        plan.with_operation(operation(user, Action::Like, 1, 0))
    });
    plan.with_fault(
        CommitPoint::before(Host::COORDINATOR, "saga-log", 2),
        refused,
    )
}
