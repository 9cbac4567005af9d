//! An entry in the queue between the executor and the saga log, and the function that appends a batch of them.

use std::sync::Arc;

use futures::{FutureExt, future::BoxFuture};

use super::{LogEntry, LogError, LogReply, SagaLog, StatusChange};
use crate::{batcher::BatchItem, id::Epoch, store::CommitState, time::Timestamp};

/// One entry in the queue of the log.
pub(crate) struct LogItem(pub(crate) LogEntry);

impl BatchItem for LogItem {
    type Answer = Result<LogReply, LogFailure>;

    /// An end may wait for the next start: its client is answered already, and after a crash the saga is recovered.
    fn may_linger(&self) -> bool {
        matches!(&self.0, LogEntry::StatusChange(StatusChange { to, .. }) if !to.is_open())
    }
}

/// Why an entry was not logged.
#[derive(Debug, Clone)]
pub(crate) enum LogFailure {
    /// Another coordinator took over. Nothing was written.
    Fenced,
    /// The queue of the log is full. Nothing was written.
    Full,
    /// The log's batcher has stopped. The entry may have been written.
    Closed,
    /// The log does not have the entry.
    Absent(String),
    /// The log may have the entry. Append it again to find out.
    Unknown(String),
}

/// Appends a batch. If that fails, every entry gets the failure.
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
            Err(error) => vec![Err(failure(error)); entries.len()],
        }
    }
    .boxed()
}

fn failure(error: LogError) -> LogFailure {
    match error {
        LogError::Fenced { .. } => LogFailure::Fenced,
        LogError::Store(error) => match error.commit_state() {
            CommitState::Absent => LogFailure::Absent(error.to_string()),
            CommitState::Unknown => LogFailure::Unknown(error.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn an_append_that_may_be_committed_is_never_called_absent() {
        let failed = || sqlx::Error::PoolClosed.into();
        let unknown = failure(StoreError::Unknown(failed()).into());
        assert!(matches!(unknown, LogFailure::Unknown(_)), "{unknown:?}");
        for refused in [
            StoreError::Absent(failed()),
            StoreError::Exhausted,
            StoreError::Invariant("a row".to_owned()),
        ] {
            let absent = failure(refused.into());
            assert!(matches!(absent, LogFailure::Absent(_)), "{absent:?}");
        }
    }
}
