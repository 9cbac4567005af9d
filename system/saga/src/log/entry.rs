//! The entries that are appended to the saga log, and the replies to them.

use super::{Direction, StepRecord, StoredSaga};
use crate::{
    id::{Epoch, SagaId},
    protocol::{Document, Outcome, Status},
    store::StoreError,
    time::Timestamp,
};

/// A saga to start.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSaga {
    /// The id.
    pub id: SagaId,
    /// The kind, from which the steps are derived.
    pub kind: String,
    /// The arguments. With the kind they are all that recovery needs.
    pub args: Document,
    /// The semantic lock that the saga holds while it is open. Two open sagas never have the same one.
    pub lock_key: String,
    /// The client's `Idempotency-Key`, prefixed by its scope.
    pub request_key: Option<String>,
    /// The fingerprint of the client's request, to detect a reused key.
    pub fingerprint: i64,
    /// When the saga stops sending actions and seals its steps instead.
    pub deadline_at: Timestamp,
    /// Set if the saga needs no steps. It is then stored as ended, so that its key replays the outcome.
    pub settled: Option<Outcome>,
}

/// A change of status, as a compare-and-set.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusChange {
    /// The saga.
    pub saga: SagaId,
    /// The status that the log must have now.
    pub from: Status,
    /// The new status.
    pub to: Status,
    /// Whether a person should look at the saga.
    pub parked: bool,
    /// What the coordinator knows about the steps.
    pub steps: Vec<StepRecord>,
    /// The outcome, if the saga has ended.
    pub outcome: Option<Outcome>,
    /// The order that the change carries out. The audit then gets an entry in the same transaction.
    pub ordered: Option<Direction>,
    /// Why the saga is parked, for the alert that is written with the mark. `None` if it is not parked by this change.
    pub reason: Option<Box<str>>,
    /// Whether the change ends a saga that was parked. The alert that says so is written with it.
    pub recovers: bool,
}

impl StatusChange {
    /// Whether the status stays and the saga is only marked for a person.
    #[must_use]
    pub fn is_park(&self) -> bool {
        self.from == self.to
    }

    /// Whether an alert may have to be written with it. Nearly no change is such.
    #[must_use]
    pub fn may_alert(&self) -> bool {
        self.parked || self.recovers || self.is_park()
    }
}

/// One entry of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum LogEntry {
    /// Starts a saga, unless its request key is taken or its lock key is held.
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

/// The durable result of an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum LogReply {
    /// The saga is stored.
    Started,
    /// Another saga has the same request key. Nothing was written.
    Joined(Box<StoredSaga>),
    /// Another open saga holds the lock key. Nothing was written.
    Locked(SagaId),
    /// The start may be in the log already, by an append that was not confirmed, and another saga that may have ended holds the lock
    /// key. Nothing was written now. Append it again to find out.
    InDoubt,
    /// The identity is below the watermark. The log has no such saga, and will not have it.
    TooOld,
    /// The status is changed.
    Changed,
    /// The status was not the expected one: another coordinator drives this saga. Nothing was written.
    Lost,
}

/// A batch could not be appended.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Another coordinator took over. Nothing was written. Stop driving sagas.
    #[error("epoch {epoch} of the saga log is over: another coordinator took over")]
    Fenced {
        /// The stale epoch.
        epoch: Epoch,
    },
    /// The database failed. See [`StoreError::commit_state`].
    #[error(transparent)]
    Store(#[from] StoreError),
}
