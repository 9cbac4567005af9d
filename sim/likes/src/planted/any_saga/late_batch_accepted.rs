//! How `late-batch-accepted` shows in likes.

use crate::{Action, operation};
use likewise_world::plan::{Fault, Plan, Trigger};
use likewise_world::planted::{PlantedBug, late_batch_accepted};

pub(crate) const PLANTED_BUG: PlantedBug =
    late_batch_accepted::BUG.shown_by(&["epochs-only-rise"], plan);

/// A second coordinator takes the saga log over. The first one does not know it yet when likes arrive.
///
/// Its batch is late: the log must refuse it, and here it does not.
fn plan() -> Plan {
    let second = Fault::SecondProcess { millis: 5_000 };
    let times = (1..).zip([340, 400, 460]);
    let plan = times.fold(Plan::new(""), |plan, (user, at_millis)| {
        plan.with_operation(operation(user, Action::Like, 1, at_millis))
    });
    plan.with_fault(Trigger::At { millis: 300 }, second)
}
