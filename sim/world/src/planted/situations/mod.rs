//! The planted bugs that any saga can have, with small plans that show them in any system.
//!
//! A system says which operations pass its steps and which are compensated ([`Situations`]), and gets a plan for each bug and the
//! properties of any saga that catch it ([`of_any_saga`]). `plans.rs` has the plans. A system may have plans of its own instead,
//! as likes have.

mod plans;

use super::PlantedBug;
use crate::plan::{Host, MessageKind, Operation, Plan};

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
}

/// All planted bugs that any saga can have, with the control. They are caught by properties of any saga, except those for which
/// `own` names properties of the system.
///
/// # Panics
/// `own` names a bug that does not exist.
#[must_use]
pub fn of_any_saga<S: Situations>(own: &[(&str, &'static [&'static str])]) -> Vec<PlantedBug> {
    let mut bugs = plans::all::<S>();
    for (name, caught_by) in own {
        let bug = bugs.iter_mut().find(|bug| bug.name == *name);
        let bug = bug.unwrap_or_else(|| panic!("no saga has a planted bug {name}"));
        bug.caught_by = caught_by;
    }
    bugs
}
