//! How `batch-answered-as-first` shows in likes.

use crate::{Action, operation, with_blocked};
use likewise_world::plan::Plan;
use likewise_world::planted::{PlantedBug, batch_answered_as_first};

pub(crate) const PLANTED_BUG: PlantedBug = batch_answered_as_first::BUG
    .shown_by(&["compensated-is-none-done", "likes-equal-records"], plan);

/// Six users like an article together, so the records of five of them are one batch. One of these users is blocked.
///
/// The coordinator is told the same of all five: sagas whose record was made are taken for refused, and are compensated half-way.
fn plan() -> Plan {
    let users = 1..=6;
    users.fold(with_blocked(Plan::new(""), &[4]), |plan, user| {
        plan.with_operation(operation(user, Action::Like, 1, 0))
    })
}
