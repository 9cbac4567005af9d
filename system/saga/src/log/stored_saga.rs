//! A saga as a query finds it: complete, or in a row that cannot be read.
//!
//! One damaged row must not hide the others. So reading is per row: a page has a [`StoredSaga`] for each of its rows.

use std::fmt;

use super::SagaRow;
use crate::{id::SagaId, protocol::Status, time::Timestamp};

/// A saga of the log, or what is still readable of its row.
pub type StoredSaga = Result<SagaRow, Box<UnreadableSaga>>;

/// A row of the log that cannot be read: somebody changed it by hand, a disk damaged it, or there is a defect.
///
/// Each field has what its column holds, or `None` if that column cannot be read either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnreadableSaga {
    /// The id. On PostgreSQL it is always readable.
    pub id: Option<SagaId>,
    /// The kind.
    pub kind: Option<String>,
    /// The status.
    pub status: Option<Status>,
    /// Whether the saga is marked for a person.
    pub parked: Option<bool>,
    /// When the saga was started.
    pub created_at: Option<Timestamp>,
    /// When the row was last written.
    pub updated_at: Option<Timestamp>,
    /// When the saga stops sending actions.
    pub deadline_at: Option<Timestamp>,
    /// The first column that cannot be read, and why.
    pub reason: String,
}

impl fmt::Display for UnreadableSaga {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Some(id) => write!(f, "saga {id}: {}", self.reason),
            None => write!(f, "a saga without a readable id: {}", self.reason),
        }
    }
}

/// The id of a stored saga, if it is readable.
#[must_use]
pub fn stored_id(stored: &StoredSaga) -> Option<SagaId> {
    match stored {
        Ok(row) => Some(row.id),
        Err(unreadable) => unreadable.id,
    }
}
