//! How `keys-by-clock` shows in likes.

use crate::names::{LIKE, USER};
use crate::{Action, operation};
use likewise_world::plan::{CommitPoint, Fault, Host, MessagePoint, Operation, Plan};
use likewise_world::planted::{PlantedBug, keys_by_clock};

pub(crate) const PLANTED_BUG: PlantedBug =
    keys_by_clock::BUG.shown_by(&["pair-is-linearizable"], plan);

/// The answer is lost, and the clock of the coordinator jumps before the client retries.
///
/// The retry is then a request of its own. It finds the like of the first one and is told that it existed before.
fn plan() -> Plan {
    let answer = MessagePoint::reply(Host::CLIENTS, Host::COORDINATOR, LIKE, 1);
    let jump = Fault::ClockJump {
        host: Host::COORDINATOR,
        by_millis: 60_000,
    };
    let like = Operation {
        timeout_millis: 1_000,
        ..operation(1, Action::Like, 1, 0)
    };
    Plan::new("")
        .with_operation(like)
        .with_fault(answer, Fault::LoseReply)
        .with_fault(CommitPoint::after(USER, "steps", 1), jump)
}
