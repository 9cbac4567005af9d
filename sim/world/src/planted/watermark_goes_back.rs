//! A coordinator that takes the saga log over sets the watermark back to the first saga: it does not trust what another one found.
//!
//! Nothing is lost by it at once. But whatever was refused or deleted because it was below the watermark is above it again.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use likewise_saga::{
    id::Epoch,
    log::{SagaLog, SqlSagaLog},
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
    name: "watermark-goes-back",
    about: "a takeover sets the watermark back to the first saga: what was below it is above it again",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(WatermarkGoesBack {
                log: product_log(database.clone()),
                database,
            }))
        },
        ..product()
    }),
};

static MARK_FIRST: Sql = Sql::sqlite_only(
    "mark-first",
    "UPDATE shards SET watermark = (SELECT min(id) FROM sagas)",
);

struct WatermarkGoesBack {
    log: SqlSagaLog,
    database: Database,
}

#[async_trait]
impl LogVariant for WatermarkGoesBack {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn take_over(&self) -> Result<Epoch, StoreError> {
        let epoch = self.log.take_over().await?;
        let mark = self.database.write(MARK_FIRST.name, |tx| {
            async move { tx.execute(&MARK_FIRST, []).await }.boxed()
        });
        mark.await?;
        Ok(epoch)
    }
}
