//! The planted bugs that any saga can have, with small plans that show them in any system.
//!
//! A system says which operations pass its steps and which are compensated ([`Situations`]), and gets a plan for each bug and the
//! properties of any saga that catch it ([`of_any_saga`]). `plans.rs` has the plans. A system may have plans of its
//! own instead.

mod alerts;
mod log;
mod operators;
mod plans;
mod retention;

use super::PlantedBug;
use crate::plan::{CommitPoint, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

/// The situations of a system in which the mistakes of any saga show.
pub trait Situations: 'static {
    /// The service that executes the first step. It has a compensation.
    const FIRST: Host;
    /// A service that executes a later step, up to the pivot if there is one.
    const LATER: Host;
    /// The service that executes the last step.
    const LAST: Host;
    /// What an operation asks for.
    const OPERATION: MessageKind;

    /// An operation whose saga completes.
    fn completes(client: i64, at_millis: u64) -> Operation;

    /// A plan with one operation of client 1, at its begin, whose saga is refused at [`LATER`](Self::LATER) after
    /// [`FIRST`](Self::FIRST) has done its step. [`end_refusals`](crate::Requests::end_refusals) ends what refuses it.
    fn refused() -> Plan;

    /// The reply to the last step up to the pivot, or to the last step of all if there is none: the first one of a run whose only
    /// operation completes.
    #[must_use]
    fn committing() -> MessagePoint {
        MessagePoint::reply(Host::COORDINATOR, Self::LATER, MessageKind::DO, 1)
    }

    /// A plan with two operations of client 1, one after the other. Their sagas complete and lock the same. The end of the first
    /// one is refused for a while ([`end_refused`]), so it still holds its lock when the second one begins.
    #[must_use]
    fn two_under_one_lock() -> Plan {
        let plan = Plan::new("").with_operation(Self::completes(1, 0));
        end_refused(plan.with_operation(Self::completes(1, 400)))
    }
}

/// The row of the end of the first saga is refused for a while.
#[must_use]
pub fn end_refused(plan: Plan) -> Plan {
    let end = CommitPoint::before(Host::COORDINATOR, "saga-log", 2);
    let (item, millis) = (1, 1_000);
    plan.with_fault(end, Fault::RefusedRow { item, millis })
}

/// The properties of a system that catch those bugs which no property of any saga catches: what they do looks right to one who
/// does not know what a saga is for.
#[derive(Clone, Copy)]
pub struct CaughtByOwn {
    /// Recovery undoes a saga that a client was told is done.
    pub abort_without_seal: &'static [&'static str],
    /// A saga that was begun is forgotten.
    pub memory_log: &'static [&'static str],
    /// A request under a known key is carried out once more.
    pub keys_by_clock: &'static [&'static str],
    /// More properties of the system, each with the names of those bugs of any saga that it catches as well.
    pub also: &'static [(&'static str, &'static [&'static str])],
}

/// All planted bugs that any saga can have, with the control.
///
/// # Panics
/// [`also`](CaughtByOwn::also) has a name that none of them has.
#[must_use]
pub fn of_any_saga<S: Situations>(own: CaughtByOwn) -> Vec<PlantedBug> {
    let mut bugs = plans::all::<S>(own);
    for (property, names) in own.also {
        for name in *names {
            let bug = bugs.iter_mut().find(|bug| bug.name == *name);
            let bug = bug.unwrap_or_else(|| panic!("{property}: no saga has the bug {name}"));
            // A system makes its list once and keeps it.
            bug.caught_by = [bug.caught_by, &[property]].concat().leak();
        }
    }
    bugs
}
