//! How `no-answer-timeout` shows in likes.

use crate::names::USER;
use crate::{Action, operation};
use likewise_world::plan::{Fault, Host, MessageKind, MessagePoint, Plan};
use likewise_world::planted::{PlantedBug, no_answer_timeout};

pub(crate) const PLANTED_BUG: PlantedBug =
    no_answer_timeout::BUG.shown_by(&["answered-within-bound"], plan);

/// The user service accepts the first step, and answers nothing for much longer than a like may take.
fn plan() -> Plan {
    let step = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let silent = Fault::AcceptAndNeverAnswer {
        host: USER,
        millis: 12_000,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(step, silent)
}
