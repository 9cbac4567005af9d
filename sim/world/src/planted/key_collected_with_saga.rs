//! The log deletes a saga with its idempotency key as soon as sagas may be deleted: a repeat within the time of keys is a new request.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{
        CollectedBatch, LogError, LogProgress, Mark, Retained, RetentionLog, RetentionUpdate,
        SqlSagaLog,
    },
    service::KitParts,
    store::{Database, Sql, StoreError},
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "key-collected-with-saga",
    about: "a key is deleted with its saga, before its own time is over: a repeat is a new operation",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(KeyCollected {
                log: product_log(database.clone()),
                database,
            }))
        },
        ..product()
    }),
};

static DELETE_KEYED: Sql = Sql::sqlite_only(
    "delete-keyed",
    "DELETE FROM sagas WHERE request_key IS NOT NULL AND id < (SELECT below FROM retention)",
);

struct KeyCollected {
    log: SqlSagaLog,
    database: Database,
}

impl LogVariant for KeyCollected {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    fn retention(&self) -> Option<&dyn RetentionLog> {
        Some(self)
    }
}

#[async_trait]
impl RetentionLog for KeyCollected {
    async fn retained(&self) -> Result<Retained, StoreError> {
        self.log.retained().await
    }

    async fn raise_watermark(&self, epoch: Epoch) -> Result<LogProgress, LogError> {
        self.log.raise_watermark(epoch).await
    }

    async fn record(
        &self,
        epoch: Epoch,
        update: RetentionUpdate,
    ) -> Result<Option<Mark>, LogError> {
        self.log.record(epoch, update).await
    }

    async fn collect(
        &self,
        after: SagaId,
        below: SagaId,
        sagas_max: u32,
    ) -> Result<CollectedBatch, StoreError> {
        let delete = self.database.write("collect", |tx| {
            async move { tx.execute(&DELETE_KEYED, []).await }.boxed()
        });
        delete.await?;
        self.log.collect(after, below, sagas_max).await
    }
}
