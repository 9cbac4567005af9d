//! A saga log that differs from the product's in one thing. Planted bugs of the log are made from it.
//!
//! The read by id cannot be replaced: no planted bug needs that yet.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    alerts::Deliveries,
    id::{Epoch, SagaId},
    log::{
        EndCursor, LogEntry, LogError, LogHead, LogReply, LoggedChange, OperationLog, RetentionLog,
        SagaLog, SqlSagaLog, StatusFilter, StoredSaga,
    },
    store::{Page, StoreError},
    time::Timestamp,
};

/// What is different. Each default is the behaviour of the product.
#[async_trait]
pub(super) trait LogVariant: Send + Sync {
    /// The product's log.
    fn log(&self) -> &SqlSagaLog;

    async fn take_over(&self) -> Result<Epoch, StoreError> {
        self.log().take_over().await
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        self.log().append(epoch, now, entries).await
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<StoredSaga>, StoreError> {
        self.log().find_by_key(request_key).await
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError> {
        self.log().list(filter, page).await
    }

    async fn history(&self, saga: SagaId) -> Result<Vec<LoggedChange>, StoreError> {
        self.log().history(saga).await
    }

    async fn head(&self) -> Result<LogHead, StoreError> {
        self.log().head().await
    }

    fn operations(&self) -> Option<&dyn OperationLog> {
        self.log().operations()
    }

    fn retention(&self) -> Option<&dyn RetentionLog> {
        self.log().retention()
    }

    fn deliveries(&self) -> Option<&dyn Deliveries> {
        self.log().deliveries()
    }
}

/// A log with that difference.
pub(super) struct VariantLog<T>(pub(super) T);

#[async_trait]
impl<T: LogVariant> SagaLog for VariantLog<T> {
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        self.0.take_over().await
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        self.0.append(epoch, now, entries).await
    }

    async fn park(
        &self,
        epoch: Epoch,
        now: Timestamp,
        saga: SagaId,
        reason: &str,
    ) -> Result<(), LogError> {
        self.0.log().park(epoch, now, saga, reason).await
    }

    async fn holder(&self, epoch: Epoch, lock_key: &str) -> Result<Option<SagaId>, StoreError> {
        self.0.log().holder(epoch, lock_key).await
    }

    async fn find(&self, saga: SagaId) -> Result<Option<StoredSaga>, StoreError> {
        self.0.log().find(saga).await
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<StoredSaga>, StoreError> {
        self.0.find_by_key(request_key).await
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError> {
        self.0.list(filter, page).await
    }

    async fn history(&self, saga: SagaId) -> Result<Vec<LoggedChange>, StoreError> {
        self.0.history(saga).await
    }

    async fn list_ended(
        &self,
        page: Page<EndCursor>,
    ) -> Result<Vec<(Option<EndCursor>, StoredSaga)>, StoreError> {
        self.0.log().list_ended(page).await
    }

    fn retention(&self) -> Option<&dyn RetentionLog> {
        self.0.retention()
    }

    fn deliveries(&self) -> Option<&dyn Deliveries> {
        self.0.deliveries()
    }

    async fn head(&self) -> Result<LogHead, StoreError> {
        self.0.head().await
    }

    fn operations(&self) -> Option<&dyn OperationLog> {
        self.0.operations()
    }

    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        self.0.log().ping().await
    }
}
