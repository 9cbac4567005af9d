//! A change that is repeated is appended once more: nothing compares the status that it leaves with the one that the saga has.
//!
//! In a table with a row for each saga, `UPDATE … WHERE status = …` compares. A log that is only appended to needs a key for that, and
//! this one takes whatever the last status is.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog},
    service::KitParts,
    store::{Database, Sql, StoreError},
    time::Timestamp,
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "change-without-compare",
    about: "a change whose confirmation was lost is appended once more: nothing compares the status that it leaves",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(ChangeWithoutCompare {
                log: product_log(database.clone()),
                database,
            }))
        },
        ..product()
    }),
};

static APPEND_AGAIN: Sql = Sql::sqlite_only(
    "change-again",
    "INSERT OR IGNORE INTO saga_changes
        (saga, epoch, position, changed_at, shard, from_status, to_status, parked, steps, outcome)
     SELECT saga, $2, position, $3, shard, to_status, to_status, parked, steps, outcome
     FROM saga_changes WHERE saga = $1 ORDER BY from_status DESC LIMIT 1",
);

struct ChangeWithoutCompare {
    log: SqlSagaLog,
    database: Database,
}

impl ChangeWithoutCompare {
    async fn append_again(
        &self,
        epoch: Epoch,
        now: Timestamp,
        saga: SagaId,
    ) -> Result<(), StoreError> {
        let args = [saga.to_string().into(), epoch.0.into(), now.0.into()];
        let append = self.database.write(APPEND_AGAIN.name, move |tx| {
            async move { tx.execute(&APPEND_AGAIN, args).await }.boxed()
        });
        append.await.map(drop)
    }
}

#[async_trait]
impl LogVariant for ChangeWithoutCompare {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let mut replies = self.log.append(epoch, now, entries).await?;
        for (entry, reply) in entries.iter().zip(&mut replies) {
            if let (LogEntry::StatusChange(change), LogReply::Lost) = (entry, &*reply) {
                self.append_again(epoch, now, change.saga).await?;
                *reply = LogReply::Changed;
            }
        }
        Ok(replies)
    }
}
