//! Coordinators take no lease: one that starts drives the sagas that it finds in the log without raising the epoch, so an
//! earlier one goes on at the same time.
//!
//! The epoch is what makes a second coordinator safe. One that reads it and does not raise it passes every test of
//! the fence, and so does the first one.

use super::{Change, KitBug, product, product_log};
use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::Epoch,
    lease::{LogLease, SqlLogLease},
    log::{SagaLog, SqlSagaLog},
    service::KitParts,
    store::{Database, StoreError},
};

use super::log_variant::{LogVariant, VariantLog};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "no-lease",
    about: "two coordinators drive one saga: the second one does not take the log over, and fences nobody",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(NoLease {
                log: product_log(database.clone()),
                database,
            }))
        },
        ..product()
    }),
};

struct NoLease {
    log: SqlSagaLog,
    database: Database,
}

#[async_trait]
impl LogVariant for NoLease {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    /// Reads the epoch instead of raising it.
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        let shard = SqlLogLease::new(self.database.clone());
        match shard.read().await?.epoch {
            // There is no epoch yet.
            Epoch(0) => self.log.take_over().await,
            epoch => Ok(epoch),
        }
    }
}
