//! What retention needs of a saga log: marks, the retention watermark, and deleting what is below it.
//!
//! Everything that decides what may be deleted is written under a proven epoch. Deleting is not: a saga below the stored
//! watermark may be deleted by anybody, at any time, because that watermark never goes back.

use std::time::Duration;

use async_trait::async_trait;

use super::{EndCursor, LogError};
use crate::{
    id::{Epoch, SagaId},
    store::StoreError,
};

/// A place in the log: at this clock, every saga with a smaller identity had ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The clock of retention.
    pub clock: Duration,
    /// The number of sagas that had ended.
    pub ended: u64,
    /// Every saga with a smaller identity had ended.
    pub below: SagaId,
    /// The place of the last end. `None` if there was none.
    pub ends: Option<EndCursor>,
}

/// What the log stores about its retention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retained {
    /// The clock of retention: the time for which some leader has held the log. It is no wall clock.
    pub clock: Duration,
    /// The number of sagas that have ended while retention was on.
    pub ended: u64,
    /// The retention watermark: sagas with a smaller identity have ended, and those without a request key may be deleted.
    pub below: Option<SagaId>,
    /// Sagas with a smaller identity may be deleted also if they have a request key. Never above `below`.
    pub keys_below: Option<SagaId>,
    /// Ends up to this place may have been deleted.
    pub ends: Option<EndCursor>,
    /// The log's own watermark, which bounds what a takeover reads. Never below `below`.
    pub watermark: Option<SagaId>,
    /// The marks, by their clock.
    pub marks: Vec<Mark>,
}

/// How far the sagas of the log have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogProgress {
    /// The log's own watermark: every saga with a smaller identity has ended. `None` if that is not known of any.
    pub watermark: Option<SagaId>,
    /// The number of sagas that have ended under this epoch, since this coordinator first appended.
    pub ended: u64,
}

/// What the leader writes about retention, in one transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetentionUpdate {
    /// The clock of retention.
    pub clock: Duration,
    /// The number of sagas that have ended.
    pub ended: u64,
    /// A new mark: every saga with a smaller identity has ended.
    pub mark: Option<SagaId>,
    /// The clocks of the marks to delete.
    pub forget: Vec<Duration>,
    /// The new watermarks.
    pub raise: Option<Raise>,
}

/// New watermarks of retention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raise {
    /// See [`Retained::below`].
    pub below: SagaId,
    /// See [`Retained::keys_below`].
    pub keys_below: Option<SagaId>,
    /// See [`Retained::ends`].
    pub ends: Option<EndCursor>,
}

/// What one batch of a collection deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectedBatch {
    /// The last saga that was looked at: the next batch begins after it. `None` if there are no more.
    pub last: Option<SagaId>,
    /// The number of sagas that were deleted.
    pub sagas: u64,
}

/// The part of a saga log that retention uses.
#[async_trait]
pub trait RetentionLog: Send + Sync {
    /// Reads what is stored.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn retained(&self) -> Result<Retained, StoreError>;

    /// Raises the log's own watermark to the first open saga, or to the newest saga if none is open. Later no saga below it
    /// can be started.
    ///
    /// # Errors
    /// `Fenced`: nothing was written. `Store`: see [`StoreError::commit_state`]; a repeat is harmless.
    ///
    /// # Cancel safety
    /// After the future is dropped, the watermark may or may not be raised.
    async fn raise_watermark(&self, epoch: Epoch) -> Result<LogProgress, LogError>;

    /// Writes an update in one transaction. Returns the new mark, if the update has one.
    ///
    /// # Errors
    /// `Fenced`: nothing was written. `Store`: see [`StoreError::commit_state`]; [`StoreError::Invariant`] if a watermark would
    /// go back, or would exceed the log's own.
    ///
    /// # Cancel safety
    /// After the future is dropped, the update may or may not be written.
    async fn record(&self, epoch: Epoch, update: RetentionUpdate)
    -> Result<Option<Mark>, LogError>;

    /// Deletes a batch of sagas below the stored watermarks, in one transaction: among the next `sagas_max` sagas after `after` and
    /// below `below`, those that have ended and whose request key, if any, is old enough.
    ///
    /// # Errors
    /// [`StoreError`]; a repeat is harmless.
    ///
    /// # Cancel safety
    /// After the future is dropped, the batch may or may not be deleted.
    async fn collect(
        &self,
        after: SagaId,
        below: SagaId,
        sagas_max: u32,
    ) -> Result<CollectedBatch, StoreError>;
}
