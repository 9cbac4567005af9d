//! An alert that could not be delivered is sent again at the next look, without a pause that grows.
//!
//! A receiver that fails under load gets all its alerts once a second, and stays down.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    alerts::{Attempt, Deliveries},
    id::Epoch,
    log::{LogError, SqlSagaLog},
    service::KitParts,
    time::Timestamp,
};

use super::{
    Change, KitBug,
    delivery_variant::{DeliveryVariant, VariantDeliveries},
    log_variant::VariantLog,
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "alert-without-pause",
    about: "an alert that could not be delivered is sent again once a second",
    change: Change::Kit(|| KitParts {
        log: |database| {
            let log = AlertWithoutPause(product_log(database));
            Arc::new(VariantLog(VariantDeliveries(log)))
        },
        ..product()
    }),
};

struct AlertWithoutPause(SqlSagaLog);

#[async_trait]
impl DeliveryVariant for AlertWithoutPause {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    async fn note(&self, epoch: Epoch, attempt: Attempt) -> Result<(), LogError> {
        let without_pause = Attempt {
            next_attempt_at: Timestamp(0),
            ..attempt
        };
        self.0.note(epoch, without_pause).await
    }
}
