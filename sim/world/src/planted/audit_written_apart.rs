//! An order is carried out first, and its entry in the audit is written afterwards, in a transaction of its own.
//!
//! It is an audit as it is often added to a system: a table that is told what has happened. What happens just before a crash is not
//! there.

use std::{sync::Arc, time::Duration};

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

/// How long the entry waits, so that entries could be written together.
const WRITTEN_AFTER: Duration = Duration::from_millis(100);
/// The entries that one query reads.
const PAGE: u32 = 1_000;

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "audit-written-apart",
    about: "an order is carried out and answered, and its entry in the audit is written afterwards",
    change: Change::Kit(|| KitParts {
        log: |database| {
            let log = Arc::new(product_log(database));
            Arc::new(VariantLog(AuditWrittenApart(log)))
        },
        ..product()
    }),
};

struct AuditWrittenApart(Arc<SqlSagaLog>);

impl LogVariant for AuditWrittenApart {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    fn operations(&self) -> Option<&dyn OperationLog> {
        Some(self)
    }
}

#[async_trait]
impl OperationLog for AuditWrittenApart {
    async fn operate(
        &self,
        epoch: Epoch,
        now: Timestamp,
        operation: &Operation,
    ) -> Result<Option<i64>, LogError> {
        let filter = AuditFilter {
            limit: PAGE,
            ..AuditFilter::default()
        };
        let entries = self.0.audit(&filter).await?;
        let next = entries.last().map_or(1, |last| last.number + 1);
        let (log, operation) = (Arc::clone(&self.0), operation.clone());
        tokio::spawn(async move {
            tokio::time::sleep(WRITTEN_AFTER).await;
            // Nobody waits for the entry, so nobody learns that it was not written.
            let _ = log.operate(epoch, now, &operation).await;
        });
        Ok(Some(next))
    }

    async fn open_orders(&self) -> Result<OpenOrders, StoreError> {
        self.0.open_orders().await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        self.0.audit(filter).await
    }
}
