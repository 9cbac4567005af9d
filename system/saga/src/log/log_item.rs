//! An entry in the queue between the executor and the saga log, and its answer. `appender.rs` appends batches of them.

use super::{LogEntry, LogError, LogReply, StatusChange};
use crate::{batcher::BatchItem, store::CommitState};

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
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum LogFailure {
    /// Another coordinator took over. Nothing was written.
    #[error("another coordinator took over")]
    Fenced,
    /// The queue of the log is full. Nothing was written.
    #[error("the queue of the saga log is full")]
    Full,
    /// The log's batcher has stopped. The entry may have been written.
    #[error("the saga log has stopped")]
    Closed,
    /// The log does not have the entry.
    #[error("the saga log refused it: {0}")]
    Absent(String),
    /// The log may have the entry. Append it again to find out.
    #[error("the saga log did not confirm it: {0}")]
    Unknown(String),
}

impl From<LogError> for LogFailure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Fenced { .. } => Self::Fenced,
            LogError::Store(error) => match error.commit_state() {
                CommitState::Absent => Self::Absent(error.to_string()),
                CommitState::Unknown => Self::Unknown(error.to_string()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn an_append_that_may_be_committed_is_never_called_absent() {
        let failed = || sqlx::Error::PoolClosed.into();
        let unknown = LogFailure::from(LogError::from(StoreError::Unknown(failed())));
        assert!(matches!(unknown, LogFailure::Unknown(_)), "{unknown:?}");
        for refused in [
            StoreError::Absent(failed()),
            StoreError::Exhausted,
            StoreError::Invariant("a row".to_owned()),
        ] {
            let absent = LogFailure::from(LogError::from(refused));
            assert!(matches!(absent, LogFailure::Absent(_)), "{absent:?}");
        }
    }
}
