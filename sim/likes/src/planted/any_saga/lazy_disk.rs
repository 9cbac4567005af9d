//! How `lazy-disk` shows in likes.

use crate::names::USER;
use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Plan};
use likewise_world::planted::{PlantedBug, lazy_disk};

pub(crate) const PLANTED_BUG: PlantedBug = lazy_disk::BUG.shown_by(&["committed-stays"], plan);

/// The host of the user service loses power right after the commit of the record.
///
/// The commit is in a file that was not synced, so the next process does not find it.
fn plan() -> Plan {
    let power = Fault::PowerCut {
        host: USER,
        down_millis: 300,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(CommitPoint::after(USER, "steps", 1), power)
}
