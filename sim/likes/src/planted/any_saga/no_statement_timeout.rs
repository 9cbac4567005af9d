//! How `no-statement-timeout` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Plan};
use likewise_world::planted::{PlantedBug, no_statement_timeout};

pub(crate) const PLANTED_BUG: PlantedBug =
    no_statement_timeout::BUG.shown_by(&["every-saga-ends", "recovers-after-silence"], plan);

/// The connection of the article service goes silent at its first steps.
fn plan() -> Plan {
    let silent = CommitPoint::before(ARTICLE, "steps", 1);
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 5_000))
        .with_fault(silent, Fault::SilentConnection)
}
