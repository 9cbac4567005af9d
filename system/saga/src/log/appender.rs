//! Appends batches of entries to the saga log.
//!
//! If the database refuses the row of one entry, the whole batch fails. Then its parts are appended separately, until that
//! entry is alone. Only that entry fails; its saga sends it again.
//!
//! If somebody else has locked the row of a saga, for example an operator in `psql`, the whole batch waits and fails. Its parts
//! are appended in the same way, with short waits. For a while the next batches wait only shortly, too.

use std::sync::Arc;

use tokio::time::Instant;

use super::{LogEntry, LogError, LogFailure, LogItem, LogReply, SagaLog};
use crate::{
    id::Epoch,
    store::{HALVING_MAX, ShortWaits},
    time::Timestamp,
};

/// The result of one entry.
type Appended = Result<LogReply, LogFailure>;

/// Appends to the saga log under one epoch.
pub(crate) struct Appender {
    log: Arc<dyn SagaLog>,
    epoch: Epoch,
    short_waits: ShortWaits,
}

impl Appender {
    pub(crate) fn new(log: Arc<dyn SagaLog>, epoch: Epoch) -> Self {
        Self {
            log,
            epoch,
            short_waits: ShortWaits::default(),
        }
    }

    /// Appends a batch. If that fails for a reason that no single entry has, every entry gets the failure.
    pub(crate) async fn append(
        self: Arc<Self>,
        now: Timestamp,
        items: Vec<LogItem>,
    ) -> Vec<Appended> {
        let entries: Vec<LogEntry> = items.into_iter().map(|item| item.0).collect();
        if self.short_waits.are_on() {
            return self.append_around_one(now, entries, Why::Locks).await;
        }
        match self.log.append(self.epoch, now, &entries).await {
            Ok(replies) => replies.into_iter().map(Ok).collect(),
            Err(error) if is_blocked(&error) => {
                tracing::warn!(%error, "another transaction holds what some entries of the saga log need; the others do not wait for it");
                self.short_waits.begin();
                self.append_around_one(now, entries, Why::Locks).await
            }
            Err(error) if may_be_one_entry(&error) && entries.len() > 1 => {
                tracing::debug!(%error, entries = entries.len(), "a batch of the saga log failed; appending its parts");
                self.append_around_one(now, entries, Why::RefusedRow).await
            }
            Err(error) => vec![Err(error.into()); entries.len()],
        }
    }

    /// Appends what needs no row that is locked or refused.
    ///
    /// Status changes come before starts, because a change may release the lock key of a start.
    async fn append_around_one(
        &self,
        now: Timestamp,
        entries: Vec<LogEntry>,
        why: Why,
    ) -> Vec<Appended> {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|index| entries[*index].as_start().is_some());
        let sorted: Vec<LogEntry> = order.iter().map(|index| entries[*index].clone()).collect();
        let appended = self.append_in_parts(now, &sorted, why).await;
        let mut appended: Vec<(usize, Appended)> = order.into_iter().zip(appended).collect();
        appended.sort_by_key(|(index, _)| *index);
        appended.into_iter().map(|(_, appended)| appended).collect()
    }

    async fn append_part(
        &self,
        now: Timestamp,
        part: &[LogEntry],
        why: Why,
    ) -> Result<Vec<LogReply>, LogError> {
        match why {
            Why::Locks => self.log.append_waiting_shortly(self.epoch, now, part).await,
            Why::RefusedRow => self.log.append(self.epoch, now, part).await,
        }
    }

    /// Appends each part in a separate transaction, in order, and divides a part that fails because of one entry.
    async fn append_in_parts(
        &self,
        now: Timestamp,
        entries: &[LogEntry],
        why: Why,
    ) -> Vec<Appended> {
        let until = Instant::now() + HALVING_MAX;
        let mut appended = Vec::with_capacity(entries.len());
        let mut parts = match why {
            Why::Locks => vec![entries],
            // The whole has just failed, and would again.
            Why::RefusedRow => {
                let (first, second) = entries.split_at(middle(entries));
                vec![second, first]
            }
        };
        while let Some(part) = parts.pop() {
            let error = match self.append_part(now, part, why).await {
                Ok(replies) => {
                    appended.extend(replies.into_iter().map(Ok));
                    continue;
                }
                Err(error) => error,
            };
            let may_be_one = may_be_one_entry(&error);
            if may_be_one && part.len() > 1 && Instant::now() < until {
                let (first, second) = part.split_at(middle(part));
                parts.extend([second, first]);
                continue;
            }
            let failure = LogFailure::from(error);
            appended.extend(part.iter().map(|_| Err(failure.clone())));
            // A database that is silent, or another coordinator, fails every part, and each part would wait in turn.
            if !may_be_one {
                let left = entries.len() - appended.len();
                appended.extend(vec![Err(not_tried(failure)); left]);
                break;
            }
        }
        appended
    }
}

/// Why a batch is appended in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Somebody holds a row that an entry needs. The other entries do not wait for it.
    Locks,
    /// The database refuses the row of an entry. The others wait for locks as usual.
    RefusedRow,
}

fn is_blocked(error: &LogError) -> bool {
    matches!(error, LogError::Store(error) if error.is_blocked())
}

/// Whether the other entries of a batch may be appended without one of them. A row that is locked is such an entry, too.
fn may_be_one_entry(error: &LogError) -> bool {
    matches!(error, LogError::Store(error) if error.may_be_one_item())
}

/// Where to divide a part: between its status changes and its starts, or in the middle.
fn middle(part: &[LogEntry]) -> usize {
    let changes = part.iter().filter(|entry| entry.as_start().is_none());
    match changes.count() {
        0 => part.len() / 2,
        changes if changes == part.len() => part.len() / 2,
        changes => changes,
    }
}

/// The failure of entries that were not tried because an entry before them failed.
fn not_tried(failure: LogFailure) -> LogFailure {
    match failure {
        LogFailure::Unknown(why) => LogFailure::Absent(why),
        failure => failure,
    }
}
