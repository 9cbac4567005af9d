//! How `deadline-forgotten-after-restart` shows in likes.

use crate::names::{ARTICLE, USER};
use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, deadline_forgotten_after_restart};

pub(crate) const PLANTED_BUG: PlantedBug =
    deadline_forgotten_after_restart::BUG.shown_by(&["deadline-is-kept"], plan);

/// The user service cannot be reached for longer than the deadline, and the coordinator restarts before it.
fn plan() -> Plan {
    let counting = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1);
    let cut_off = Fault::Partition {
        a: Host::COORDINATOR,
        b: USER,
        millis: 9_000,
    };
    let crash = Fault::Crash {
        host: Host::COORDINATOR,
        down_millis: 200,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(counting, cut_off)
        .with_fault(CommitPoint::after(ARTICLE, "steps", 1), crash)
}
