//! How `lazy-disk` shows in likes.

use crate::likes::names::USER;
use crate::likes::{Action, operation};
use crate::world::plan::{CommitPoint, Fault, Plan};
use crate::world::planted::{PlantedBug, lazy_disk};

pub(in crate::likes) const PLANTED_BUG: PlantedBug =
    lazy_disk::BUG.shown_by(&["committed-stays"], plan);

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
