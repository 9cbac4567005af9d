//! Remembers that a call was given up, so that the next call that needs its connection learns why it is not free.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    bound::Overdue,
    store::error::{EngineError, StoreError},
};

/// The last call that reached its limit. Empty once a later call has returned in time.
#[derive(Default)]
pub(super) struct Silence(Mutex<Option<Overdue>>);

impl Silence {
    /// Remembers whether a call was given up: it keeps its connection until it returns.
    pub(super) fn note<T>(&self, done: &Result<T, StoreError>) {
        let overdue = match done {
            Err(
                StoreError::Absent(EngineError::Overdue(overdue))
                | StoreError::Unknown(EngineError::Overdue(overdue)),
            ) => Some(*overdue),
            _ => None,
        };
        *self.lock() = overdue;
    }

    /// The reason if the last call was given up.
    pub(super) fn reason(&self) -> Option<StoreError> {
        let overdue = *self.lock();
        overdue.map(|overdue| StoreError::Absent(overdue.into()))
    }

    /// Why no connection is free.
    pub(super) fn not_free(&self) -> StoreError {
        self.reason().unwrap_or(StoreError::Exhausted)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Overdue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
