//! Each attempt at an alert has an identity of its own: a receiver cannot tell a repeat from another alert.
//!
//! The identity is made where the request is made, as for any other request. So a receiver that pages a person once for each identity
//! pages again with each retry.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use likewise_saga::{
    alerts::{AlertId, Attempt, Deliveries, Delivery},
    id::Epoch,
    log::{LogError, SqlSagaLog},
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

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "new-id-each-retry",
    about: "an alert that is sent again has another identity: the receiver takes it for another alert",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(VariantDeliveries(NewIdEachRetry {
                log: product_log(database),
                made: Mutex::default(),
            })))
        },
        ..product()
    }),
};

struct NewIdEachRetry {
    log: SqlSagaLog,
    /// The identity in the log of each that was made.
    made: Mutex<BTreeMap<AlertId, AlertId>>,
}

#[async_trait]
impl DeliveryVariant for NewIdEachRetry {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let mut due = self.log.due(now, limit).await?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        for Delivery {
            alert, attempts, ..
        } in &mut due
        {
            let stored = alert.id;
            let attempt = u128::from(*attempts);
            alert.id = AlertId(Uuid::from_u128(stored.0.as_u128() ^ attempt));
            made.insert(alert.id, stored);
        }
        Ok(due)
    }

    async fn note(&self, epoch: Epoch, attempt: Attempt) -> Result<(), LogError> {
        let stored = {
            let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.get(&attempt.alert).copied().unwrap_or(attempt.alert)
        };
        let attempt = Attempt {
            alert: stored,
            ..attempt
        };
        self.log.note(epoch, attempt).await
    }
}
