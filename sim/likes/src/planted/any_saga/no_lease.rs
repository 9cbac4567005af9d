//! How `no-lease` shows in likes.

use crate::names::ARTICLE;
use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, Plan};
use likewise_world::planted::{PlantedBug, no_lease};

pub(crate) const PLANTED_BUG: PlantedBug = no_lease::BUG.shown_by(&["epochs-only-rise"], plan);

/// A coordinator starts while a saga of another one is open.
///
/// The epoch must rise with every takeover. This one goes on with the epoch that it finds.
fn plan() -> Plan {
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 200,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(CommitPoint::after(ARTICLE, "steps", 1), crash)
}
