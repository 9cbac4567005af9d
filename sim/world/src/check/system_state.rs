//! A system's part of the observed state: what its own tables hold, and what else its invariants need to know of sagas.
//!
//! The world knows barrier rows, sagas and epochs. It hands every row to the system's part as well, in the order of the
//! commit. Invariants of the system reach that part with [`ObservedState::own`](super::ObservedState::own).

use std::any::Any;

use super::Delta;
use crate::{
    plan::Host,
    record::{Change, Row, RowError},
};

/// A system's part of the observed state. [`observed`](super::CheckedSystem::observed) makes an empty one.
///
/// It is called at every commit, so it keeps what it derives up to date with each row and reads nothing twice.
pub trait SystemState: Any + Send {
    /// A transaction was committed. Its rows follow.
    fn commit_begins(&mut self) {}

    /// A row of one of the system's own tables changed. `service` is the first host of the service that has the table.
    ///
    /// # Errors
    /// The row cannot be read: a defect of the checks. The run has no verdict then.
    fn own_row_changed(&mut self, service: Host, change: &Change) -> Result<(), RowError>;

    /// A row that any saga has changed: of the barrier, of the saga log, or its epoch. `delta` is what the checks see, `row`
    /// also has what only the system understands, for example arguments and undo data. The row of a saga's start has its
    /// arguments; the rows of its changes have not.
    ///
    /// # Errors
    /// As for [`own_row_changed`](Self::own_row_changed).
    fn saga_row_changed(&mut self, _delta: &Delta, _row: &Row) -> Result<(), RowError> {
        Ok(())
    }

    /// How the effects of steps differ between this state and a later one, in words. `None` if they are equal.
    ///
    /// Barrier rows and sagas are not effects. A repeated request must leave the effects as they are.
    fn effect_change(&self, after: &dyn SystemState) -> Option<String>;

    /// A row of one of the system's own tables that a service lost: how this state, which was committed, differs from what
    /// the service found when it started again. `None` if nothing was lost, or if the table is not judged.
    /// [`row_difference`](super::row_difference) compares and finds the words.
    fn lost_row(&self, service: Host, table: &str, found: &dyn SystemState) -> Option<String>;

    /// A copy, for a comparison with a later state.
    fn copy(&self) -> Box<dyn SystemState>;
}

impl dyn SystemState {
    /// The state of this type.
    ///
    /// # Panics
    /// It is that of another system: a defect of the harness, which joined them.
    #[must_use]
    pub fn of_type<S: SystemState>(&self) -> &S {
        let state: &dyn Any = self;
        let state = state.downcast_ref();
        state.expect("the observed state is that of another system")
    }
}

impl Clone for Box<dyn SystemState> {
    fn clone(&self) -> Self {
        (**self).copy()
    }
}
