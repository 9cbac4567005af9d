//! An order to complete a saga writes *completed* into its row, without asking the services.
//!
//! It is the repair that a person makes in the database at night: the list of stuck sagas is empty afterwards, and the effects are not
//! there.

use async_trait::async_trait;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{
        AuditEntry, AuditFilter, Direction, LogEntry, LogError, OpenOrders, Operation,
        OperationLog, Order, SagaLog, SqlSagaLog, StatusChange,
    },
    protocol::{Outcome, Status},
    service::KitParts,
    store::StoreError,
    time::Timestamp,
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};
use std::sync::Arc;

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "force-flips-status",
    about: "an order to complete a saga writes the status into the log: its steps need not be done",
    change: Change::Kit(|| KitParts {
        log: |database| Arc::new(VariantLog(ForceFlipsStatus(product_log(database)))),
        ..product()
    }),
};

struct ForceFlipsStatus(SqlSagaLog);

impl ForceFlipsStatus {
    async fn flip(&self, epoch: Epoch, now: Timestamp, saga: SagaId) -> Result<(), LogError> {
        let Some(Ok(row)) = self.0.find(saga).await? else {
            return Ok(());
        };
        let change = StatusChange {
            reason: None,
            recovers: false,
            saga,
            from: row.status,
            to: Status::Completed,
            parked: false,
            steps: row.steps.unwrap_or_default(),
            outcome: Some(Outcome::Done {
                results: Vec::new(),
            }),
            ordered: Some(Direction::ForceComplete),
        };
        let entries = [LogEntry::StatusChange(change)];
        self.0.append(epoch, now, &entries).await.map(drop)
    }
}

impl LogVariant for ForceFlipsStatus {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    fn operations(&self) -> Option<&dyn OperationLog> {
        Some(self)
    }
}

#[async_trait]
impl OperationLog for ForceFlipsStatus {
    async fn operate(
        &self,
        epoch: Epoch,
        now: Timestamp,
        operation: &Operation,
    ) -> Result<Option<i64>, LogError> {
        let number = self.0.operate(epoch, now, operation).await?;
        if let Order::Direct {
            saga,
            direction: Direction::ForceComplete,
        } = operation.order
            && number.is_some()
        {
            self.flip(epoch, now, saga).await?;
        }
        Ok(number)
    }

    async fn open_orders(&self) -> Result<OpenOrders, StoreError> {
        self.0.open_orders().await
    }

    async fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, StoreError> {
        self.0.audit(filter).await
    }
}
