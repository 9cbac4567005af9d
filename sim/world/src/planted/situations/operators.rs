//! Small plans for the planted bugs of operators' orders. Requests to a service take longer than their time-out, so sagas stay open,
//! and their steps are done meanwhile.

use super::{
    Situations,
    plans::{crash, every},
};
use crate::plan::{Fault, Host, MessageKind, MessagePoint, Plan, Trigger};

/// How long a request is on its way: almost two time-outs.
const SLOW_MILLIS: u64 = 700;
/// With this noise, operators pause, look and complete when it matters.
const NOISE: u64 = 3;
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
    let mut plan = plan.with_operators(OPERATORS);
    plan.noise = NOISE;
    plan
}

/// The coordinator is killed again and again, and some sagas are paused then.
pub(super) fn operated_and_killed<S: Situations>() -> Plan {
    let times = [1_200, 2_000, 2_800, 3_600, 4_400];
    times.into_iter().fold(operated::<S>(), |plan, millis| {
        plan.with_fault(Trigger::At { millis }, crash(200))
    })
}
