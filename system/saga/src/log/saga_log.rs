//! The contract of the saga log.

use std::sync::Arc;

use async_trait::async_trait;

use super::{EndCursor, LogEntry, LogError, LogReply, StoredSaga};
use crate::{
    id::{Epoch, SagaId},
    store::{Page, StoreError},
    time::Timestamp,
};

/// Selects the sagas to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// Every saga.
    All,
    /// Open sagas.
    Pending,
    /// Completed sagas.
    Done,
    /// Compensated sagas.
    Failed,
}

/// The coordinator's durable record.
#[async_trait]
pub trait SagaLog: Send + Sync {
    /// Takes the log over: raises its epoch, which fences the coordinator that held it.
    ///
    /// # Errors
    /// [`StoreError`]. If its effect is unknown, the epoch may have been raised; taking over again is safe.
    async fn take_over(&self) -> Result<Epoch, StoreError>;

    /// Appends a batch in one transaction and waits until it is durable. Returns one reply per entry, in order.
    ///
    /// Status changes come before starts, because a change may release the lock key of a start.
    ///
    /// # Errors
    /// `Fenced`: nothing was written. `Store`: see [`StoreError::commit_state`].
    ///
    /// # Cancel safety
    /// After the future is dropped, the batch may or may not be written.
    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError>;

    /// Appends as [`append`](Self::append), but waits only shortly for what another transaction has locked.
    ///
    /// A log in which nobody else can lock a row need not implement it.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    ///
    /// # Cancel safety
    /// As [`append`](Self::append).
    async fn append_waiting_shortly(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        self.append(epoch, now, entries).await
    }

    /// Marks an open saga for a person, without touching its other columns: they may be unreadable. Does nothing if the saga
    /// is marked already or has ended.
    ///
    /// # Errors
    /// `Fenced`: nothing was written. `Store`: see [`StoreError::commit_state`]; a repeat is harmless.
    ///
    /// # Cancel safety
    /// After the future is dropped, the mark may or may not be written.
    async fn park(&self, epoch: Epoch, now: Timestamp, saga: SagaId) -> Result<(), LogError>;

    /// The open saga that holds a lock key, sagas that cannot be driven included. `None` if there is none, or if the epoch is over.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn holder(&self, epoch: Epoch, lock_key: &str) -> Result<Option<SagaId>, StoreError>;

    /// Reads one saga. The inner error is a row that cannot be read.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find(&self, saga: SagaId) -> Result<Option<StoredSaga>, StoreError>;

    /// Reads the saga that has a request key. The inner error is a row that cannot be read.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find_by_key(&self, request_key: &str) -> Result<Option<StoredSaga>, StoreError>;

    /// Lists sagas by id, and so by start time. A row that cannot be read is listed, too, as an inner error.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError>;

    /// Lists ended sagas in the order in which their ends were committed. Whatever ends later comes after every cursor that
    /// was returned before. So an end may be listed a little after its commit: when no transaction is left that could write
    /// one before it. A row whose cursor cannot be read is listed without one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_ended(
        &self,
        page: Page<EndCursor>,
    ) -> Result<Vec<(Option<EndCursor>, StoredSaga)>, StoreError>;

    /// The highest identity of a saga in the log. Later sagas of a leader have higher ones, whatever its clock says: the
    /// watermark below which every saga has ended relies on that.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn newest(&self) -> Result<Option<SagaId>, StoreError>;

    /// Proves that the log accepts writes. Concurrent callers may share one result.
    ///
    /// # Errors
    /// Why it does not.
    async fn ping(&self) -> Result<(), Arc<StoreError>>;
}
