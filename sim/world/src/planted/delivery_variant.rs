//! Deliveries of alerts that differ from the product's in one thing. Planted bugs of alerts are made from them.

use async_trait::async_trait;
use likewise_saga::{
    alerts::{AlertId, Attempt, Deliveries, Delivery, DeliveryState, Pending, Resend, Resent},
    id::Epoch,
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog},
    store::{Page, StoreError},
    time::Timestamp,
};

use super::log_variant::LogVariant;

/// What is different. Each default is the behaviour of the product.
#[async_trait]
pub(super) trait DeliveryVariant: Send + Sync {
    /// The product's log.
    fn log(&self) -> &SqlSagaLog;

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        self.log().append(epoch, now, entries).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        self.log().due(now, limit).await
    }

    async fn note(&self, epoch: Epoch, attempt: Attempt) -> Result<(), LogError> {
        self.log().note(epoch, attempt).await
    }
}

/// A log whose deliveries have that difference.
pub(super) struct VariantDeliveries<T>(pub(super) T);

#[async_trait]
impl<T: DeliveryVariant> LogVariant for VariantDeliveries<T> {
    fn log(&self) -> &SqlSagaLog {
        self.0.log()
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        self.0.append(epoch, now, entries).await
    }

    fn deliveries(&self) -> Option<&dyn Deliveries> {
        Some(self)
    }
}

#[async_trait]
impl<T: DeliveryVariant> Deliveries for VariantDeliveries<T> {
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        self.0.due(now, limit).await
    }

    async fn pending(&self) -> Result<Pending, StoreError> {
        self.0.log().pending().await
    }

    async fn note(&self, epoch: Epoch, attempt: Attempt) -> Result<(), LogError> {
        self.0.note(epoch, attempt).await
    }

    async fn list_alerts(
        &self,
        state: Option<DeliveryState>,
        page: Page<AlertId>,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.0.log().list_alerts(state, page).await
    }

    async fn resend(
        &self,
        epoch: Epoch,
        now: Timestamp,
        order: Resend,
    ) -> Result<Resent, LogError> {
        self.0.log().resend(epoch, now, order).await
    }

    async fn collect_alerts(&self, epoch: Epoch, before: AlertId) -> Result<u64, LogError> {
        self.0.log().collect_alerts(epoch, before).await
    }
}
