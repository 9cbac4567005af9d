//! How `recovery-stops-at-bad-row` shows in likes.

use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, Plan, SagaColumn};
use likewise_world::planted::{PlantedBug, recovery_stops_at_bad_row};

pub(crate) const PLANTED_BUG: PlantedBug =
    recovery_stops_at_bad_row::BUG.shown_by(&["bad-row-stops-no-other"], plan);

/// The coordinator is killed after it has committed a saga, and the row is damaged while it is down. A like of another user
/// follows.
fn plan() -> Plan {
    let damaged = Fault::UnreadableRow {
        host: Host::COORDINATOR,
        column: SagaColumn::Args,
        down_millis: 500,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 6_000))
        .with_fault(
            CommitPoint::after(Host::COORDINATOR, "saga-log", 1),
            damaged,
        )
}
