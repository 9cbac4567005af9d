//! A saga log in memory, for one saga. It tells the story of its status changes.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{
        EndCursor, LogEntry, LogError, LogHead, LogReply, SagaLog, SagaRow, StatusChange,
        StatusFilter, StoredSaga,
    },
    protocol::{Document, Status},
    store::{Page, StoreError},
    time::Timestamp,
};

use crate::participants::Story;

/// The log.
pub struct MemoryLog {
    pub story: Story,
    pub row: Mutex<Option<SagaRow>>,
    /// Whether it stores nothing.
    pub is_away: AtomicBool,
}

impl MemoryLog {
    fn append_one(&self, now: Timestamp, entry: &LogEntry) -> LogReply {
        let mut row = self.row.lock().unwrap();
        match entry {
            LogEntry::Start(new) => {
                self.story.add("log running");
                *row = Some(SagaRow {
                    id: new.id,
                    kind: new.kind.clone(),
                    args: new.args.clone(),
                    lock_key: new.lock_key.clone(),
                    request_key: None,
                    fingerprint: new.fingerprint,
                    status: Status::Running,
                    parked: false,
                    epoch: Epoch(1),
                    steps: None,
                    outcome: None,
                    created_at: now,
                    updated_at: now,
                    deadline_at: new.deadline_at,
                });
                LogReply::Started
            }
            LogEntry::StatusChange(change) => match row.as_mut() {
                Some(row) if row.status == change.from => self.change(row, change),
                _ => LogReply::Lost,
            },
        }
    }

    fn change(&self, row: &mut SagaRow, change: &StatusChange) -> LogReply {
        let status = match (change.to, change.parked) {
            (Status::Running, _) => "running",
            (Status::Compensating, _) => "compensating",
            (Status::Completed, _) => "completed",
            (Status::Compensated, _) => "compensated",
        };
        let parked = if change.parked { ", parked" } else { "" };
        self.story.add(format!("log {status}{parked}"));
        row.status = change.to;
        row.parked = change.parked;
        row.steps = Some(change.steps.clone());
        row.outcome.clone_from(&change.outcome);
        LogReply::Changed
    }
}

#[async_trait]
impl SagaLog for MemoryLog {
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        Ok(Epoch(1))
    }

    async fn append(
        &self,
        _: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(StoreError::Exhausted.into());
        }
        let replies = entries.iter().map(|entry| self.append_one(now, entry));
        Ok(replies.collect())
    }

    async fn park(&self, _: Epoch, _: Timestamp, _: SagaId, _: &str) -> Result<(), LogError> {
        unreachable!("the executor parks by a status change")
    }

    async fn holder(&self, _: Epoch, _: &str) -> Result<Option<SagaId>, StoreError> {
        unreachable!("the executor reads nothing")
    }

    async fn find(&self, _: SagaId) -> Result<Option<StoredSaga>, StoreError> {
        unreachable!("the executor reads nothing")
    }

    async fn find_by_key(&self, _: &str) -> Result<Option<StoredSaga>, StoreError> {
        unreachable!("the executor reads nothing")
    }

    async fn list(&self, _: StatusFilter, _: Page<SagaId>) -> Result<Vec<StoredSaga>, StoreError> {
        unreachable!("the executor reads nothing")
    }

    async fn list_ended(
        &self,
        _: Page<EndCursor>,
    ) -> Result<Vec<(Option<EndCursor>, StoredSaga)>, StoreError> {
        unreachable!("the executor reads nothing")
    }

    async fn head(&self) -> Result<LogHead, StoreError> {
        unreachable!("the executor reads nothing")
    }

    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        Ok(())
    }
}

/// The arguments of every saga here.
pub fn no_args() -> Document {
    Document::default()
}
