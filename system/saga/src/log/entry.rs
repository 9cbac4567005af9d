//! What is appended to the saga log, and the replies.

use super::{SagaRow, StepRecord};
use crate::{
    id::{Epoch, SagaId},
    protocol::{Document, Outcome, Status},
    store::StoreError,
    time::Timestamp,
};

/// A saga to be started.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSaga {
    /// Its identity.
    pub id: SagaId,
    /// What kind of saga it is.
    pub kind: String,
    /// Its arguments; recovery needs nothing else.
    pub args: Document,
    /// What it locks while it is open.
    pub lock_key: String,
    /// The client's Idempotency-Key, with its scope.
    pub request_key: Option<String>,
    /// Of the client's request.
    pub fingerprint: i64,
    /// When it starts to doubt.
    pub deadline_at: Timestamp,
    /// Set if it needs no steps: then it is stored as ended, to be replayed under its key.
    pub settled: Option<Outcome>,
}

/// A change of status, as a compare-and-set.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusChange {
    /// The saga.
    pub saga: SagaId,
    /// Only from this status,
    pub from: Status,
    /// to this one.
    pub to: Status,
    /// Whether a person should look at it.
    pub parked: bool,
    /// What is known of its steps.
    pub steps: Vec<StepRecord>,
    /// How it ended, if it did.
    pub outcome: Option<Outcome>,
}

/// One entry of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum LogEntry {
    /// Starts a saga, unless its key is taken or its subject is locked.
    Start(NewSaga),
    /// Changes a saga's status.
    StatusChange(StatusChange),
}

impl LogEntry {
    pub(crate) fn as_start(&self) -> Option<&NewSaga> {
        match self {
            Self::Start(new) => Some(new),
            Self::StatusChange(_) => None,
        }
    }

    pub(crate) fn as_status_change(&self) -> Option<&StatusChange> {
        match self {
            Self::StatusChange(entry) => Some(entry),
            Self::Start(_) => None,
        }
    }
}

/// What became of an entry; durable.
#[derive(Debug, Clone, PartialEq)]
pub enum LogReply {
    /// The saga is started.
    Started,
    /// There is a saga under this key already.
    Joined(Box<SagaRow>),
    /// Another open saga holds the lock on the subject.
    Locked(SagaId),
    /// The status is changed.
    Changed,
    /// The status was not what it had to be: somebody else drives this saga.
    Lost,
}

/// A batch could not be appended.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Somebody took the shard over: nothing was written, stop driving its sagas.
    #[error("epoch {epoch} of the saga log is over: another coordinator took over")]
    Fenced {
        /// The stale epoch.
        epoch: Epoch,
    },
    /// The database failed; its effect is classified there.
    #[error(transparent)]
    Store(#[from] StoreError),
}
