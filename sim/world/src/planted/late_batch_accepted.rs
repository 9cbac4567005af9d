//! The saga log accepts a late batch of a coordinator that was taken over, under the epoch of the one that took over.
//!
//! It is the mistake of a fence that asks whether somebody holds the log, and not whether the writer does.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::Epoch,
    lease::{LogLease, SqlLogLease},
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog},
    service::KitParts,
    store::Database,
    time::Timestamp,
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "late-batch-accepted",
    about: "the saga log accepts a late batch of a coordinator that another one has replaced",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(LateBatchAccepted {
                log: product_log(database.clone()),
                database,
            }))
        },
        ..product()
    }),
};

struct LateBatchAccepted {
    log: SqlSagaLog,
    database: Database,
}

#[async_trait]
impl LogVariant for LateBatchAccepted {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        match self.log.append(epoch, now, entries).await {
            Err(LogError::Fenced { .. }) => {
                let current = SqlLogLease::new(self.database.clone()).read().await?;
                self.log.append(current.epoch, now, entries).await
            }
            appended => appended,
        }
    }
}
