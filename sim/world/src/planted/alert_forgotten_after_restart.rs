//! A leader sends only the alerts that were written since it began: what an earlier one had not delivered is forgotten.
//!
//! It models a queue in the memory of a process. It is told of every alert, and holds until the next deployment.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use likewise_saga::{
    alerts::{AlertId, Deliveries, Delivery, DeliveryState},
    log::SqlSagaLog,
    service::KitParts,
    store::{Page, StoreError},
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
    name: "alert-forgotten-after-restart",
    about: "a coordinator that starts does not send the alerts that were not delivered before: nobody is told",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(VariantDeliveries(AlertForgotten {
                log: product_log(database),
                earlier: Mutex::default(),
            })))
        },
        ..product()
    }),
};

/// The most earlier alerts that it looks for.
const EARLIER_MAX: u32 = 1_000;

struct AlertForgotten {
    log: SqlSagaLog,
    /// The alerts that were there when this process looked for the first time.
    earlier: Mutex<Option<BTreeSet<AlertId>>>,
}

impl AlertForgotten {
    async fn earlier(&self) -> Result<BTreeSet<AlertId>, StoreError> {
        let known = || self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = &*known() {
            return Ok(earlier.clone());
        }
        let page = Page {
            after: None,
            limit: EARLIER_MAX,
        };
        let pending = Some(DeliveryState::Pending);
        let pending = self.log.list_alerts(pending, page).await?;
        let earlier: BTreeSet<AlertId> = pending.iter().map(|it| it.alert.id).collect();
        *known() = Some(earlier.clone());
        Ok(earlier)
    }
}

#[async_trait]
impl DeliveryVariant for AlertForgotten {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        let earlier = self.earlier().await?;
        let mut due = self.log.due(now, limit).await?;
        due.retain(|delivery| !earlier.contains(&delivery.alert.id));
        Ok(due)
    }
}
