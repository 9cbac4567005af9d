//! The saga log: the coordinator's durable record, appended to in batches under a fenced epoch.

use async_trait::async_trait;

use super::{
    decide::Status,
    document::Document,
    row::{Outcome, SagaRow, StepRecord},
};
use crate::{
    id::{Epoch, SagaId},
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
    pub subject: String,
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
pub struct Move {
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
    Move(Move),
}

impl LogEntry {
    pub(super) fn as_start(&self) -> Option<&NewSaga> {
        match self {
            Self::Start(new) => Some(new),
            Self::Move(_) => None,
        }
    }

    pub(super) fn as_move(&self) -> Option<&Move> {
        match self {
            Self::Move(entry) => Some(entry),
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
    Moved,
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

/// Which sagas to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// All of them.
    All,
    /// Open ones.
    Pending,
    /// Completed ones.
    Done,
    /// Compensated ones.
    Failed,
}

/// A page of a list, by the identity after which it begins.
#[derive(Debug, Clone, Copy)]
pub struct Page<K> {
    /// Begin after this one.
    pub after: Option<K>,
    /// At most this many.
    pub limit: u32,
}

/// The coordinator's durable record.
#[async_trait]
pub trait SagaLog: Send + Sync {
    /// Takes the shard over: raises its epoch, which fences whoever had it.
    ///
    /// # Errors
    /// [`StoreError`]; if it is in doubt, the epoch may have been raised, which harms nobody.
    async fn take_over(&self) -> Result<Epoch, StoreError>;

    /// Appends a batch in one transaction: moves first, then starts. Waits until it is durable.
    /// Returns one reply an entry, in order.
    ///
    /// # Errors
    /// `Fenced`: nothing was written. `Store`: see its effect.
    ///
    /// # Cancel safety
    /// Dropping the future leaves the batch in doubt.
    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError>;

    /// Reads one saga.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find(&self, saga: SagaId) -> Result<Option<SagaRow>, StoreError>;

    /// Reads the saga under a key.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find_by_key(&self, request_key: &str) -> Result<Option<SagaRow>, StoreError>;

    /// Lists sagas by identity, which is by age.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<SagaRow>, StoreError>;

    /// Whether the log answers.
    ///
    /// # Errors
    /// [`StoreError`] if it does not.
    async fn ping(&self) -> Result<(), StoreError>;
}
