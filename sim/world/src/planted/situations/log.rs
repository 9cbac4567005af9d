//! Small plans for the planted bugs of the append-only log: its changes, its watermark and its identities.

use super::{
    Situations,
    plans::{crash, crowd, every, first_done, one, reply, two},
};
use crate::plan::{CommitPoint, Fault, Host, Plan, Trigger};

/// The end of the saga is committed, and the coordinator does not learn it.
pub(super) fn end_not_confirmed<S: Situations>() -> Plan {
    let end = CommitPoint::after(Host::COORDINATOR, "saga-log", 2);
    one::<S>().with_fault(end, Fault::LoseConnection)
}

/// The first saga is open until its deadline. The second one ends before it.
pub(super) fn first_ends_last<S: Situations>() -> Plan {
    let replies = every(reply(S::LATER)).of_saga(1);
    two::<S>(500).with_fault(replies, Fault::LoseReply)
}

/// The coordinator is killed when the watermark is written: by the first append after four ends.
pub(super) fn killed_after_a_crowd<S: Situations>() -> Plan {
    let plan = crowd::<S>().with_operation(S::completes(7, 1_500));
    let plan = plan.with_operation(S::completes(8, 4_000));
    plan.with_fault(Trigger::At { millis: 3_000 }, crash(200))
}

/// The clock of the coordinator jumps back, and then the coordinator is killed.
pub(super) fn clock_jumps_back_and_killed<S: Situations>() -> Plan {
    let (host, by_millis) = (Host::COORDINATOR, -60_000);
    let plan = two::<S>(4_000).with_fault(first_done::<S>(), Fault::ClockJump { host, by_millis });
    plan.with_fault(Trigger::At { millis: 2_000 }, crash(200))
}
