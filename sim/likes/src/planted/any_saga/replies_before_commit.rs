//! How `replies-before-commit` shows in likes.

use crate::names::USER;
use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Plan};
use likewise_world::planted::{PlantedBug, replies_before_commit};

pub(crate) const PLANTED_BUG: PlantedBug =
    replies_before_commit::BUG.shown_by(&["completed-is-all-done", "likes-equal-records"], plan);

/// The records of five users are one batch, and the database refuses one of them.
///
/// Nothing was committed, and yet the repeats of all five are answered with *done*.
fn plan() -> Plan {
    let refused = Fault::RefusedRow {
        item: 2,
        millis: 1_000,
    };
    let users = 1..=6;
    let plan = users.fold(Plan::new(""), |plan, user| {
        plan.with_operation(operation(user, Action::Like, 1, 0))
    });
    plan.with_fault(CommitPoint::before(USER, "steps", 2), refused)
}
