//! If the database refuses one entry of a batch of the saga log, the entry and those after it are dropped, and all are reported
//! as written.
//!
//! It is what a loop does that writes the entries one by one, stops at an error and reports how many it was given.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    id::Epoch,
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog},
    service::KitParts,
    time::Timestamp,
};

use super::{
    Change, KitBug,
    log_variant::{LogVariant, VariantLog},
    product, product_log,
};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "rest-of-batch-dropped",
    about: "one refused entry of the saga log drops those after it, and all are reported as written",
    change: Change::Kit(|| KitParts {
        log: |database| Arc::new(VariantLog(RestDropped(product_log(database)))),
        ..product()
    }),
};

struct RestDropped(SqlSagaLog);

#[async_trait]
impl LogVariant for RestDropped {
    fn log(&self) -> &SqlSagaLog {
        &self.0
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        match self.0.append(epoch, now, entries).await {
            Err(LogError::Store(error)) if error.may_be_one_item() => {}
            appended => return appended,
        }
        let mut replies = Vec::new();
        for entry in entries {
            match self.0.append(epoch, now, std::slice::from_ref(entry)).await {
                Ok(reply) => replies.extend(reply),
                Err(_) => break,
            }
        }
        let dropped = &entries[replies.len()..];
        replies.extend(dropped.iter().map(|entry| match entry {
            LogEntry::Start(_) => LogReply::Started,
            LogEntry::StatusChange(_) => LogReply::Changed,
        }));
        Ok(replies)
    }
}
