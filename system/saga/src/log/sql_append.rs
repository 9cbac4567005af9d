//! Appending to the saga log on SQLite and PostgreSQL: what can be written is decided by the open sagas in memory.
//!
//! ```text
//!  load (once an epoch) ──► plan ──► one statement, or a transaction ──► settle ──► replies
//! ```
//!
//! On PostgreSQL an append is one statement and one transaction: it proves the epoch, which locks the log until the commit,
//! starts sagas and changes statuses. Each round trip costs more than the work in it. If a row is in its way, the batch is
//! repeated in a transaction, which tells why. On SQLite a statement costs no round trip, so there is one transaction with one
//! statement per task.

use std::{
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures::{FutureExt, future::BoxFuture};

use super::{
    LogEntry, LogError, LogProgress, LogReply, NewSaga, StatusChange,
    append_transaction::{Append, Appended, FIND_BY_KEY, append, split},
    open_sagas::{Fate, OpenSagas, Plan, Verdict},
    read_open::read_open,
    read_row::read_first,
    rows::{args_of_change, args_of_start, batch_of_changes, batch_of_starts, end_of_settled},
};
use crate::{
    id::{Epoch, SagaId},
    store::{
        CommitState, Database, PostgresStatement, Row, Sql, StoreError, postgres_statement, sql,
    },
    time::Timestamp,
};

static RAISE_WATERMARK: Sql = sql!("log_raise_watermark");
static APPEND: PostgresStatement = postgres_statement!("log_append");
static APPEND_START: PostgresStatement = postgres_statement!("log_append_start");
static APPEND_CHANGE: PostgresStatement = postgres_statement!("log_append_change");

/// Appends to the log of one database.
pub(super) struct SqlAppends {
    database: Database,
    /// The number of ends after which an append writes a watermark.
    pub(super) mark_every: u32,
    /// The open sagas of the epoch that appended last.
    open: Mutex<Option<OpenSagas>>,
    /// Locked while they are read.
    loading: tokio::sync::Mutex<()>,
}

/// What all entries of a batch have in common.
#[derive(Clone, Copy)]
pub(super) struct Batch {
    pub(super) epoch: Epoch,
    pub(super) now: Timestamp,
    /// Whether it waits only shortly for what another transaction has locked.
    pub(super) waits_shortly: bool,
}

impl SqlAppends {
    pub(super) fn new(database: Database, mark_every: u32) -> Self {
        Self {
            database,
            mark_every,
            open: Mutex::new(None),
            loading: tokio::sync::Mutex::new(()),
        }
    }

    /// Appends a batch: decides what can be written, writes that, and notes what became of it.
    pub(super) async fn append(
        &self,
        batch: Batch,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let fenced = LogError::Fenced { epoch: batch.epoch };
        self.load(batch.epoch).await?;
        let planned = self.with_open(batch.epoch, |open| open.plan(entries, self.mark_every));
        let Some(plan) = planned else {
            return Err(fenced);
        };
        let sent = entries.iter().zip(&plan.verdicts);
        let sent = sent.filter(|(_, verdict)| **verdict == Verdict::Send);
        let sent: Vec<&LogEntry> = sent.map(|(entry, _)| entry).collect();
        let written = self.write(batch, &sent, plan.mark).await;
        let is_absent = match &written {
            Ok(written) => written.is_none(),
            // What may have been written stays in doubt.
            Err(error) => error.commit_state() == CommitState::Absent,
        };
        if is_absent {
            self.with_open(batch.epoch, |open| open.forget(&plan));
        }
        let appended = written?.ok_or(fenced)?;
        self.settle(batch.epoch, &plan, &sent, &appended);
        let replies = appended.into_iter().map(|(reply, _)| reply);
        let replies = self.replies(batch, entries, &plan, replies).await;
        // The others are durable. Therefore any failure makes the effect of the whole batch unknown.
        Ok(replies.map_err(|error| unknown(&error))?)
    }

    /// The open saga that holds a lock key under the epoch. `None` if there is none, or if the epoch is over.
    pub(super) async fn holder(
        &self,
        epoch: Epoch,
        lock_key: &str,
    ) -> Result<Option<SagaId>, StoreError> {
        self.load(epoch).await?;
        let holder = self.with_open(epoch, |open| open.holders_of(lock_key).next());
        Ok(holder.flatten())
    }

    /// Raises the watermark of the log as far as the open sagas allow, in a transaction of its own.
    pub(super) async fn raise_watermark(&self, epoch: Epoch) -> Result<LogProgress, LogError> {
        let fenced = || LogError::Fenced { epoch };
        self.load(epoch).await?;
        let raised = self.with_open(epoch, OpenSagas::raise);
        let (progress, next) = raised.ok_or_else(fenced)?;
        let Some(next) = next else {
            return Ok(progress);
        };
        let args = [epoch.0.into(), next.to_string().into()];
        let written = self.database.write("log-watermark", move |tx| {
            async move { tx.rows(&RAISE_WATERMARK, args).await }.boxed()
        });
        if written.await?.is_empty() {
            return Err(fenced());
        }
        self.with_open(epoch, |open| open.marked(next));
        Ok(LogProgress {
            watermark: Some(next),
            ..progress
        })
    }

    /// Notes what became of the entries that were sent.
    fn settle(&self, epoch: Epoch, plan: &Plan, sent: &[&LogEntry], appended: &Appended) {
        self.with_open(epoch, |open| {
            for (entry, (_, fate)) in sent.iter().zip(appended) {
                open.settle(entry, *fate);
            }
            if let Some(mark) = plan.mark {
                open.marked(mark);
            }
        });
    }

    /// The replies to all entries, those included that were not sent.
    async fn replies(
        &self,
        batch: Batch,
        entries: &[LogEntry],
        plan: &Plan,
        mut sent: impl Iterator<Item = LogReply>,
    ) -> Result<Vec<LogReply>, LogError> {
        let mut replies = Vec::with_capacity(entries.len());
        for (entry, verdict) in entries.iter().zip(&plan.verdicts) {
            replies.extend(match (verdict, entry) {
                (Verdict::Send, _) => sent.next(),
                (Verdict::Locked(holder), LogEntry::Start(new)) => {
                    self.locked(batch, entry, new, *holder).await?
                }
                (Verdict::InDoubt, _) => Some(LogReply::InDoubt),
                (Verdict::TooOld, _) => Some(LogReply::TooOld),
                (Verdict::Locked(_) | Verdict::Lost, _) => Some(LogReply::Lost),
            });
        }
        Ok(replies)
    }

    /// The reply to a start whose lock key another saga has, or had.
    fn locked<'a>(
        &'a self,
        batch: Batch,
        entry: &'a LogEntry,
        new: &'a NewSaga,
        holder: SagaId,
    ) -> BoxFuture<'a, Result<Option<LogReply>, LogError>> {
        async move {
            let is_locked = || self.with_open(batch.epoch, |open| open.has(holder)) == Some(true);
            if let Some(key) = &new.request_key {
                let args = [key.clone().into()];
                let rows = self.database.query("find-saga-by-key", &FIND_BY_KEY, args);
                match rows.await {
                    Ok(rows) => {
                        if let Some(stored) = read_first(&rows) {
                            return Ok(Some(LogReply::Joined(Box::new(stored))));
                        }
                    }
                    // The other entries of the batch are durable. A failed read must not put them in doubt.
                    Err(_) if is_locked() => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if is_locked() {
                return Ok(Some(LogReply::Locked(holder)));
            }
            // The holder was to be started by the same batch, and was not.
            let replies = self.append(batch, std::slice::from_ref(entry)).await?;
            Ok(replies.into_iter().next())
        }
        .boxed()
    }

    /// Writes entries. `None` if the epoch is over.
    ///
    /// With one statement the commit is part of it. Therefore only a refusal by the server shows that nothing was written; after
    /// any other error the effect is unknown.
    async fn write(
        &self,
        batch: Batch,
        entries: &[&LogEntry],
        mark: Option<SagaId>,
    ) -> Result<Option<Appended>, StoreError> {
        let needs_more = |change: &StatusChange| change.may_alert() || change.ordered.is_some();
        let needs_more = |entry: &&LogEntry| entry.as_status_change().is_some_and(needs_more);
        let is_single = self.database.supports_single_statement()
            && !batch.waits_shortly
            && mark.is_none()
            && !entries.is_empty()
            && !entries.iter().any(needs_more);
        if is_single {
            match self.write_single(batch, entries).await {
                Ok(rows) => {
                    let all = entries.iter().map(|entry| written(entry)).collect();
                    return Ok((!rows.is_empty()).then_some(all));
                }
                Err(error) if error.is_duplicate() => {}
                Err(error) => return Err(error),
            }
        }
        let work = Append {
            epoch: batch.epoch,
            now: batch.now,
            entries: entries.iter().map(|entry| (*entry).clone()).collect(),
            mark,
            waits_shortly: batch.waits_shortly,
        };
        self.database
            .write("saga-log", move |tx| append(tx, work).boxed())
            .await
    }

    /// Writes entries with one statement. It returns no row if the epoch is over.
    async fn write_single(
        &self,
        Batch { epoch, now, .. }: Batch,
        entries: &[&LogEntry],
    ) -> Result<Vec<Row>, StoreError> {
        let (starts, changes) = split(entries.iter().copied());
        let settled = starts.iter().filter_map(|new| end_of_settled(new));
        let settled: Vec<StatusChange> = settled.collect();
        let changes: Vec<&StatusChange> = changes.into_iter().chain(&settled).collect();
        let (database, name) = (&self.database, "saga-log");
        match (&starts[..], &changes[..]) {
            ([new], []) => {
                let args = args_of_start(new, epoch, now);
                database.write_single(name, &APPEND_START, args).await
            }
            ([], [change]) => {
                let args = args_of_change(change, epoch, now)?;
                database.write_single(name, &APPEND_CHANGE, args).await
            }
            _ => {
                let args = [
                    batch_of_changes(&changes)?.into(),
                    batch_of_starts(&starts).into(),
                    epoch.0.into(),
                    now.0.into(),
                ];
                database.write_single(name, &APPEND, args).await
            }
        }
    }

    /// Reads the open sagas before the first append of an epoch, unless it is over.
    ///
    /// From the moment at which the epoch was raised nobody else writes, and this log has not written yet. So several queries
    /// read one state.
    async fn load(&self, epoch: Epoch) -> Result<(), StoreError> {
        let known = || self.lock_open().as_ref().map(|open| open.epoch);
        if known().is_none_or(|known| known < epoch) {
            let _loading = self.loading.lock().await;
            if known().is_none_or(|known| known < epoch)
                && let Some(open) = read_open(&self.database, epoch).await?
            {
                *self.lock_open() = Some(open);
            }
        }
        Ok(())
    }

    /// `None` if the sagas in memory are those of another epoch. The answer to an append of an earlier one may come late, and says
    /// nothing about what the log has now.
    fn with_open<T>(&self, epoch: Epoch, work: impl FnOnce(&mut OpenSagas) -> T) -> Option<T> {
        let mut open = self.lock_open();
        open.as_mut().filter(|open| open.epoch == epoch).map(work)
    }

    fn lock_open(&self) -> MutexGuard<'_, Option<OpenSagas>> {
        // A panic half-way would leave a saga in doubt, which is safe.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reply to an entry that was written.
fn written(entry: &LogEntry) -> (LogReply, Fate) {
    let reply = match entry {
        LogEntry::Start(_) => LogReply::Started,
        LogEntry::StatusChange(_) => LogReply::Changed,
    };
    (reply, Fate::Written)
}

/// An error after which a part of a batch is durable, or may be.
fn unknown(why: &dyn Display) -> StoreError {
    StoreError::Unknown(sqlx::Error::Protocol(why.to_string()).into())
}
