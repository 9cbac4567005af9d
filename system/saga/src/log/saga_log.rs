//! The contract of the saga log.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    EndCursor, LogEntry, LogError, LogReply, LoggedChange, OperationLog, RetentionLog, StoredSaga,
    history::history_of_state,
};
use crate::{
    alerts::Deliveries,
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

/// A saga that was looked for by its id.
#[derive(Debug)]
pub enum FoundSaga {
    /// The log has it. The inner error is a row that cannot be read.
    Stored(Box<StoredSaga>),
    /// The log does not have it, and its id is below the retention watermark: if there was such a saga, it has ended and was
    /// deleted.
    Collected,
    /// There never was such a saga, or its start is not committed yet.
    Absent,
}

/// What a new leader must know of a log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogHead {
    /// The highest identity of a saga. Later sagas of the leader have higher ones, whatever its clock says: the watermark below
    /// which every saga has ended relies on that.
    pub newest: Option<SagaId>,
    /// Whether operators have ever ordered anything. If not, the leader need not read the orders.
    pub has_orders: bool,
}

/// A page of ended sagas.
#[derive(Debug)]
pub enum EndsPage {
    /// The ends after the cursor.
    Listed(Vec<(Option<EndCursor>, StoredSaga)>),
    /// Ends after the cursor may have been deleted.
    Collected,
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

    /// Marks an open saga for a person, without touching its other columns: they may be unreadable. Writes the alert with this
    /// reason in the same transaction. Does nothing if the saga is marked already or has ended.
    ///
    /// # Errors
    /// `Fenced`: nothing was written. `Store`: see [`StoreError::commit_state`]; a repeat is harmless.
    ///
    /// # Cancel safety
    /// After the future is dropped, the mark may or may not be written.
    async fn park(
        &self,
        epoch: Epoch,
        now: Timestamp,
        saga: SagaId,
        reason: &str,
    ) -> Result<(), LogError>;

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

    /// Reads one saga, and tells one that was deleted from one that never was.
    ///
    /// A log without retention need not implement it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn look_up(&self, saga: SagaId) -> Result<FoundSaga, StoreError> {
        let found = self.find(saga).await?;
        let stored = |stored| FoundSaga::Stored(Box::new(stored));
        Ok(found.map_or(FoundSaga::Absent, stored))
    }

    /// Reads what was logged of a saga, in order. A change that cannot be read hides those after it. Empty if the log does not have
    /// the saga.
    ///
    /// A log that keeps the present state only need not implement it: what came before that state is then missing.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn history(&self, saga: SagaId) -> Result<Vec<LoggedChange>, StoreError> {
        self.find(saga).await.map(history_of_state)
    }

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

    /// Lists as [`list_ended`](Self::list_ended), unless ends after the cursor may have been deleted. A page without a cursor
    /// begins with the first end that the log still has.
    ///
    /// A log without retention need not implement it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn list_kept_ends(&self, page: Page<EndCursor>) -> Result<EndsPage, StoreError> {
        self.list_ended(page).await.map(EndsPage::Listed)
    }

    /// What retention needs of this log. `None` if it deletes nothing.
    fn retention(&self) -> Option<&dyn RetentionLog> {
        None
    }

    /// The alerts that it keeps, and their deliveries. `None` if it keeps none.
    fn deliveries(&self) -> Option<&dyn Deliveries> {
        None
    }

    /// What a new leader must know before it starts or resumes a saga.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn head(&self) -> Result<LogHead, StoreError>;

    /// What operators ordered. `None` if the log takes no orders.
    fn operations(&self) -> Option<&dyn OperationLog> {
        None
    }

    /// Proves that the log accepts writes. Concurrent callers may share one result.
    ///
    /// # Errors
    /// Why it does not.
    async fn ping(&self) -> Result<(), Arc<StoreError>>;
}
