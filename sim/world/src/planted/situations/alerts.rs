//! Small plans for the planted bugs of alerts. Requests to a service take longer than their time-out, so a saga is parked after the first
//! of them.

use super::{
    Situations,
    plans::{crash, every, one},
};
use crate::plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint, Plan, ReceiverAnswer};

/// How long a request is on its way: almost two time-outs.
const SLOW_MILLIS: u64 = 700;
/// The receiver is out of order.
const FAILS: ReceiverAnswer = ReceiverAnswer::Status { status: 503 };

/// A saga that is parked, and a receiver that takes everything.
pub(super) fn parked<S: Situations>() -> Plan {
    let slow = MessagePoint::request(Host::COORDINATOR, S::LATER, MessageKind::DO, 1);
    let delay = Fault::Delay {
        millis: SLOW_MILLIS,
    };
    let mut plan = one::<S>().with_fault(every(slow), delay);
    plan.limits.park_after = 1;
    plan.with_receiver([])
}

/// The receiver does not take the first alerts.
pub(super) fn parked_and_refused<S: Situations>() -> Plan {
    parked::<S>().with_receiver([FAILS; 3])
}

/// The coordinator is killed after the first attempt at an alert has failed.
pub(super) fn parked_refused_and_killed<S: Situations>() -> Plan {
    let noted = CommitPoint::after(Host::COORDINATOR, "note-alert", 1);
    parked_and_refused::<S>().with_fault(noted, crash(200))
}
