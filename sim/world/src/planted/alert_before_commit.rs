//! An alert is sent when it is decided that a saga is parked, and the row that says so is written afterwards.
//!
//! It models a message to an operator that is sent from the code, next to the write. If the write fails, or another coordinator leads
//! by then, somebody was told what never was.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use likewise_saga::{
    alerts::{Alert, AlertId, AlertKind, Deliveries, Delivery, DeliveryState},
    id::Epoch,
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog, StatusChange},
    service::KitParts,
    store::StoreError,
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    Change, KitBug,
    delivery_variant::{DeliveryVariant, VariantDeliveries},
    log_variant::VariantLog,
    product, product_log,
};

/// How long the row waits, so that rows could be written together. Longer than the pause between two looks for alerts.
const WRITTEN_AFTER: Duration = Duration::from_millis(1_500);

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "alert-before-commit",
    about: "an alert is sent before the log has what it tells: a crash in between leaves somebody who was told what never was",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(VariantDeliveries(AlertBeforeCommit {
                log: product_log(database),
                early: Mutex::default(),
            })))
        },
        ..product()
    }),
};

struct AlertBeforeCommit {
    log: SqlSagaLog,
    /// What is sent at the next look.
    early: Mutex<Vec<Delivery>>,
}

impl AlertBeforeCommit {
    fn early(&self) -> MutexGuard<'_, Vec<Delivery>> {
        self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl DeliveryVariant for AlertBeforeCommit {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let marks: Vec<Delivery> = entries
            .iter()
            .filter_map(|entry| mark(entry, now))
            .collect();
        if !marks.is_empty() {
            self.early().extend(marks);
            tokio::time::sleep(WRITTEN_AFTER).await;
        }
        self.log.append(epoch, now, entries).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let mut due = std::mem::take(&mut *self.early());
        due.extend(self.log.due(now, limit).await?);
        Ok(due)
    }
}

/// The alert of an entry that parks a saga.
fn mark(entry: &LogEntry, now: Timestamp) -> Option<Delivery> {
    let LogEntry::StatusChange(change) = entry else {
        return None;
    };
    let StatusChange { saga, .. } = *change;
    change.is_park().then(|| Delivery {
        alert: Alert {
            id: AlertId(Uuid::from_u128(!saga.0.as_u128())),
            saga,
            kind: AlertKind::Parked,
            saga_kind: String::new(),
            subject: String::new(),
            status: "running",
            reason: change.reason.as_deref().unwrap_or_default().to_owned(),
            parked_at: now,
            created_at: now,
        },
        state: DeliveryState::Pending,
        attempts: 0,
        next_attempt_at: now,
        last_status: None,
        last_error: None,
        delivered_at: None,
        resends: 0,
    })
}
