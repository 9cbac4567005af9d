//! The saga log is in memory: it is lost with the process.
//!
//! This is how a saga is often written at first: a list of compensations in a local variable, run in reverse order if
//! a step fails.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use likewise_saga::{
    id::{Epoch, SagaId},
    log::{
        EndCursor, LogEntry, LogError, LogHead, LogReply, NewSaga, SagaLog, SagaRow, StatusChange,
        StatusFilter, StoredSaga,
    },
    protocol::Status,
    service::KitParts,
    store::{Page, StoreError},
    time::Timestamp,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "memory-log",
    about: "the list of what to compensate lives in memory: it is gone with the process",
    change: Change::Kit(|| KitParts {
        log: |_| Arc::new(MemoryLog::default()),
        ..product()
    }),
};

#[derive(Default)]
struct MemoryLog(Mutex<BTreeMap<SagaId, SagaRow>>);

/// The log of the product in a map: the same answers, but nothing is durable.
impl MemoryLog {
    fn rows(&self) -> MutexGuard<'_, BTreeMap<SagaId, SagaRow>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, epoch: Epoch, now: Timestamp, new: &NewSaga) -> LogReply {
        let mut rows = self.rows();
        let same_key =
            |row: &&SagaRow| row.request_key.is_some() && row.request_key == new.request_key;
        if let Some(row) = rows.values().find(same_key) {
            return LogReply::Joined(Box::new(Ok(row.clone())));
        }
        let holder = |row: &&SagaRow| row.status.is_open() && row.lock_key == new.lock_key;
        if let Some(row) = rows.values().find(holder) {
            return LogReply::Locked(row.id);
        }
        rows.insert(new.id, row(epoch, now, new));
        LogReply::Started
    }

    fn change(&self, now: Timestamp, change: &StatusChange) -> LogReply {
        let mut rows = self.rows();
        let Some(row) = rows
            .get_mut(&change.saga)
            .filter(|row| row.status == change.from)
        else {
            return LogReply::Lost;
        };
        row.status = change.to;
        row.parked = change.parked;
        row.steps = Some(change.steps.clone());
        row.outcome.clone_from(&change.outcome);
        row.updated_at = now;
        LogReply::Changed
    }
}

fn row(epoch: Epoch, now: Timestamp, new: &NewSaga) -> SagaRow {
    SagaRow {
        id: new.id,
        kind: new.kind.clone(),
        args: new.args.clone(),
        lock_key: new.lock_key.clone(),
        request_key: new.request_key.clone(),
        fingerprint: new.fingerprint,
        status: if new.settled.is_some() {
            Status::Compensated
        } else {
            Status::Running
        },
        parked: false,
        epoch,
        steps: None,
        outcome: new.settled.clone(),
        created_at: now,
        updated_at: now,
        deadline_at: new.deadline_at,
    }
}

#[async_trait]
impl SagaLog for MemoryLog {
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        Ok(Epoch(1))
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let reply = |entry: &LogEntry| match entry {
            LogEntry::Start(new) => self.start(epoch, now, new),
            LogEntry::StatusChange(change) => self.change(now, change),
        };
        Ok(entries.iter().map(reply).collect())
    }

    async fn park(&self, _: Epoch, now: Timestamp, saga: SagaId, _: &str) -> Result<(), LogError> {
        if let Some(row) = self.rows().get_mut(&saga) {
            row.parked = true;
            row.updated_at = now;
        }
        Ok(())
    }

    async fn holder(&self, _: Epoch, lock_key: &str) -> Result<Option<SagaId>, StoreError> {
        let rows = self.rows();
        let holds = |row: &&SagaRow| row.lock_key == lock_key && row.status.is_open();
        Ok(rows.values().find(holds).map(|row| row.id))
    }

    async fn find(&self, saga: SagaId) -> Result<Option<StoredSaga>, StoreError> {
        Ok(self.rows().get(&saga).cloned().map(Ok))
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<StoredSaga>, StoreError> {
        let wanted = Some(request_key);
        Ok(self
            .rows()
            .values()
            .find(|row| row.request_key.as_deref() == wanted)
            .cloned()
            .map(Ok))
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError> {
        let rows = self.rows();
        let listed = rows.values().filter(|row| {
            lets_through(filter, row.status) && page.after.is_none_or(|after| row.id > after)
        });
        Ok(listed.take(page.limit as usize).cloned().map(Ok).collect())
    }

    /// No run reads the ends.
    async fn list_ended(
        &self,
        _: Page<EndCursor>,
    ) -> Result<Vec<(Option<EndCursor>, StoredSaga)>, StoreError> {
        Ok(Vec::new())
    }

    async fn head(&self) -> Result<LogHead, StoreError> {
        Ok(LogHead {
            newest: self.rows().keys().next_back().copied(),
            has_orders: false,
        })
    }

    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        Ok(())
    }
}

/// In the product this is a condition in SQL.
fn lets_through(filter: StatusFilter, status: Status) -> bool {
    match filter {
        StatusFilter::All => true,
        StatusFilter::Pending => status.is_open(),
        StatusFilter::Done => status == Status::Completed,
        StatusFilter::Failed => status == Status::Compensated,
    }
}
