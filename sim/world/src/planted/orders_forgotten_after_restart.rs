//! A leader does not read the orders that are in force: what was paused goes on after a restart.
//!
//! Orders in the memory of a process are quick to write, and hold until the next deployment.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::Epoch,
    log::{AuditEntry, AuditFilter, LogError, OpenOrders, Operation, OperationLog, SqlSagaLog},
    service::KitParts,
    store::StoreError,
    time::Timestamp,
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "orders-forgotten-after-restart",
    about: "a coordinator that starts does not read the orders in force: a saga that was paused goes on",
    change: Change::Kit(|| KitParts {
        log: |database| Arc::new(VariantLog(OrdersForgotten(product_log(database)))),
        ..product()
    }),
};

struct OrdersForgotten(SqlSagaLog);

impl LogVariant for OrdersForgotten {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    fn operations(&self) -> Option<&dyn OperationLog> {
        Some(self)
    }
}

#[async_trait]
impl OperationLog for OrdersForgotten {
    async fn operate(
        &self,
        epoch: Epoch,
        now: Timestamp,
        operation: &Operation,
    ) -> Result<Option<i64>, LogError> {
        self.0.operate(epoch, now, operation).await
    }

    async fn open_orders(&self) -> Result<OpenOrders, StoreError> {
        Ok(OpenOrders::default())
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        self.0.audit(filter).await
    }
}
