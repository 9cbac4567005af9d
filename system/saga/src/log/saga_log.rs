//! The saga log: the coordinator's durable record, appended to in batches under a fenced epoch.

use async_trait::async_trait;

use super::{LogEntry, LogError, LogReply, SagaRow};
use crate::{
    id::{Epoch, SagaId},
    store::{Page, StoreError},
    time::Timestamp,
};

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
