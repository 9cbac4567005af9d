//! How `no-statement-timeout` shows in likes.

use crate::likes::names::ARTICLE;
use crate::likes::{Action, operation};
use crate::world::plan::{CommitPoint, Fault, Plan};
use crate::world::planted::{PlantedBug, no_statement_timeout};

pub(in crate::likes) const PLANTED_BUG: PlantedBug =
    no_statement_timeout::BUG.shown_by(&["every-saga-ends", "recovers-after-silence"], plan);

/// The connection of the article service goes silent at its first steps.
fn plan() -> Plan {
    let silent = CommitPoint::before(ARTICLE, "steps", 1);
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 5_000))
        .with_fault(silent, Fault::SilentConnection)
}
