//! Entries on their way to the saga log: what the executor appends rides in batches.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};

use super::{LogEntry, LogError, LogReply, SagaLog, StatusChange};
use crate::{batcher::BatchItem, id::Epoch, store::ErrorEffect, time::Timestamp};

/// One entry on its way to the log.
pub(crate) struct LogItem(pub(crate) LogEntry);

impl BatchItem for LogItem {
    type Answer = Result<LogReply, LogFailure>;

    fn may_linger(&self) -> bool {
        matches!(&self.0, LogEntry::StatusChange(StatusChange { to, .. }) if !to.is_open())
    }
}

/// Why an entry was not logged.
#[derive(Debug, Clone)]
pub(crate) enum LogFailure {
    Fenced,
    Full,
    Closed,
    Absent(String),
    Unknown(String),
}

/// Appends a batch; a failure is everybody's.
pub(crate) fn append(
    log: Arc<dyn SagaLog>,
    epoch: Epoch,
    now: Timestamp,
    items: Vec<LogItem>,
) -> BoxFuture<'static, Vec<Result<LogReply, LogFailure>>> {
    async move {
        let entries: Vec<LogEntry> = items.into_iter().map(|item| item.0).collect();
        match log.append(epoch, now, &entries).await {
            Ok(replies) => replies.into_iter().map(Ok).collect(),
            Err(error) => {
                let failure = match error {
                    LogError::Fenced { .. } => LogFailure::Fenced,
                    LogError::Store(error) => match error.effect() {
                        ErrorEffect::Absent => LogFailure::Absent(error.to_string()),
                        ErrorEffect::Unknown => LogFailure::Unknown(error.to_string()),
                    },
                };
                entries.iter().map(|_| Err(failure.clone())).collect()
            }
        }
    }
    .boxed()
}
