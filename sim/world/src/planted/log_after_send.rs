//! The row of a saga is committed after its first message was sent: a coordinator that is killed in between has no record
//! of what it sent.
//!
//! It models a log that is written in the background to save a commit's time. Recovery then knows nothing of a
//! message that is already on its way.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use likewise_saga::{
    id::Epoch,
    log::{LogEntry, LogError, LogReply, SagaLog, SqlSagaLog},
    service::KitParts,
    time::Timestamp,
};
use tokio::sync::Mutex;

use super::log_variant::{LogVariant, VariantLog};
use super::{Change, KitBug, product, product_log};

/// The attempts to write a row, and the pause between two of them.
const TRIES_MAX: u32 = 1_000;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "log-after-send",
    about: "the saga row is committed after the first message went out: a crash in between leaves a saga that nobody finishes",
    change: Change::Kit(|| KitParts {
        log: |database| {
            Arc::new(VariantLog(LogAfterSend {
                log: Arc::new(product_log(database)),
                writing: Arc::default(),
            }))
        },
        ..product()
    }),
};

/// Only the rows of new sagas are late. Status changes wait for them, or they would find no row to change.
struct LogAfterSend {
    log: Arc<SqlSagaLog>,
    /// Locked while rows are being written: later entries must find them.
    writing: Arc<Mutex<()>>,
}

impl LogAfterSend {
    /// Writes the rows of started sagas in the background, while the sagas already run.
    async fn write_later(&self, epoch: Epoch, now: Timestamp, starts: Vec<LogEntry>) {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        let log = Arc::clone(&self.log);
        tokio::spawn(async move {
            let _writing = writing;
            for _ in 0..TRIES_MAX {
                match log.append(epoch, now, &starts).await {
                    Err(LogError::Store(_)) => tokio::time::sleep(TRY_AGAIN_AFTER).await,
                    Ok(_) | Err(LogError::Fenced { .. }) => return,
                }
            }
        });
    }
}

#[async_trait]
impl LogVariant for LogAfterSend {
    fn log(&self) -> &SqlSagaLog {
        &self.log
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let is_start = |entry: &LogEntry| matches!(entry, LogEntry::Start(_));
        let (starts, moves): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(is_start);
        let mut moved = Vec::new().into_iter();
        if !moves.is_empty() {
            let _written = self.writing.lock().await;
            moved = self.log.append(epoch, now, &moves).await?.into_iter();
        }
        if !starts.is_empty() {
            self.write_later(epoch, now, starts).await;
        }
        let reply = |entry: &LogEntry| match entry {
            LogEntry::Start(_) => LogReply::Started,
            LogEntry::StatusChange(_) => moved.next().unwrap_or(LogReply::Lost),
        };
        Ok(entries.iter().map(reply).collect())
    }
}
