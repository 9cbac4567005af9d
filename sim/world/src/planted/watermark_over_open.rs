//! The watermark of the saga log is the newest saga that has ended, although older ones are open.
//!
//! Sagas do not end in the order in which they start. A takeover reads the log from the watermark on, so it would overlook the older
//! ones.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use likewise_saga::{
    id::Epoch,
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog},
    service::KitParts,
    store::{Database, Sql},
    time::Timestamp,
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "watermark-over-open",
    about: "the watermark is the newest saga that has ended: a takeover overlooks older ones that are open",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(WatermarkOverOpen {
                log: product_log(database.clone()),
                database,
            }))
        },
        ..product()
    }),
};

static MARK_NEWEST_END: Sql = Sql::sqlite_only(
    "mark-newest-end",
    "UPDATE shards SET watermark = (SELECT max(saga) FROM saga_changes WHERE to_status IN (1, 3))
     WHERE epoch = $1 AND EXISTS (SELECT 1 FROM saga_changes WHERE to_status IN (1, 3))",
);

struct WatermarkOverOpen {
    log: SqlSagaLog,
    database: Database,
}

#[async_trait]
impl LogVariant for WatermarkOverOpen {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let replies = self.log.append(epoch, now, entries).await?;
        let mark = self.database.write(MARK_NEWEST_END.name, move |tx| {
            async move { tx.execute(&MARK_NEWEST_END, [epoch.0.into()]).await }.boxed()
        });
        // A failure is harmless: the next append tries again.
        let _ = mark.await;
        Ok(replies)
    }
}
