//! Small plans for the planted bugs of operators' orders. Requests to a service take longer than their time-out, so sagas stay open,
//! and their steps are done meanwhile.

use super::{
    Situations,
    plans::{crash, every},
};
use crate::plan::{Fault, Host, MessageKind, MessagePoint, Plan, Trigger};

/// How long a request is on its way: almost two time-outs.
const SLOW_MILLIS: u64 = 700;
/// The operators.
const OPERATORS: u8 = 2;

/// Sagas that are open until their deadlines, and operators.
pub(super) fn operated<S: Situations>() -> Plan {
    let operations = (1..).zip([0, 600, 1_200, 1_800, 2_400, 3_000]);
    let operations = operations.map(|(client, at_millis)| S::completes(client, at_millis));
    let plan = operations.fold(Plan::new(""), Plan::with_operation);
    let slow = MessagePoint::request(Host::COORDINATOR, S::LATER, MessageKind::DO, 1);
    let plan = plan.with_fault(
        every(slow),
        Fault::Delay {
            millis: SLOW_MILLIS,
        },
    );
    plan.with_operators(OPERATORS)
}

/// The coordinator is killed again and again, and some sagas are paused then.
pub(super) fn operated_and_killed<S: Situations>() -> Plan {
    let times = [1_500, 2_500, 3_500, 4_500];
    times.into_iter().fold(operated::<S>(), |plan, millis| {
        plan.with_fault(Trigger::At { millis }, crash(200))
    })
}
