//! The saga log on SQLite and PostgreSQL.
//!
//! Nothing is updated: a start and each change of a status is an inserted row. The locks of open sagas are in memory
//! (`open_sagas.rs`), read from the log before the first append of an epoch.
//!
//! On PostgreSQL an append is one statement and one transaction: it proves the epoch, which locks the log until the commit,
//! starts sagas and changes statuses. Each round trip costs more than the work in it. If a row is in its way, the batch is
//! repeated in a transaction, which tells why. On SQLite a statement costs no round trip, so there is one transaction with one
//! statement per task.

use std::{
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use futures::{FutureExt, future::BoxFuture};
use uuid::Uuid;

use super::{
    EndCursor, LogEntry, LogError, LogReply, SagaLog, StatusChange, StatusFilter, StoredSaga,
    append_transaction::{Append, Appended, FIND, FIND_BY_KEY, append, park, split},
    open_sagas::{Fate, NoPlan, OpenSagas, Plan, Verdict},
    read_row::{end_cursor, open_saga, read, read_first, read_head},
    rows::{args_of_change, args_of_start, batch_of_changes, batch_of_starts, end_of_settled},
};
use crate::{
    id::{Epoch, SagaId},
    store::{
        CommitState, Database, Page, PostgresStatement, Row, Sql, StoreError, Tx,
        outlast_paused_transaction, postgres_statement, sql,
    },
    time::Timestamp,
};

static APPEND: PostgresStatement = postgres_statement!("log_append");
static APPEND_START: PostgresStatement = postgres_statement!("log_append_start");
static APPEND_CHANGE: PostgresStatement = postgres_statement!("log_append_change");
static TAKE_OVER: Sql = sql!("log_take_over");
static LIST_ALL: Sql = sql!("log_list_all");
static LIST_OPEN: Sql = sql!("log_list_open");
static LIST_OPEN_BOUND: Sql = sql!("log_list_open_bound");
static LIST_COMPLETED: Sql = sql!("log_list_completed");
static LIST_COMPENSATED: Sql = sql!("log_list_compensated");
static LIST_ENDED: Sql = sql!("log_list_ended");
static OPEN: Sql = sql!("log_open");
static NEWEST: Sql = sql!("log_newest");

/// The number of ends after which an append writes a watermark. A takeover reads about as many ended sagas.
const MARK_EVERY: u32 = 1_024;

/// The number of sagas that one query for open sagas looks at: about 30 ms.
const SCAN_SAGAS: i64 = 10_000;

/// The saga log in the coordinator's database.
pub struct SqlSagaLog {
    database: Database,
    mark_every: u32,
    /// The open sagas of the epoch that appended last.
    open: Mutex<Option<OpenSagas>>,
    /// Locked while they are read.
    loading: tokio::sync::Mutex<()>,
}

impl SqlSagaLog {
    /// The log in this database, whose schema is [`SAGA_LOG_SCHEMA`](super::SAGA_LOG_SCHEMA).
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            mark_every: MARK_EVERY,
            open: Mutex::new(None),
            loading: tokio::sync::Mutex::new(()),
        }
    }

    /// The same log, which writes a watermark after this number of ends.
    #[must_use]
    pub fn mark_every(self, ends: u32) -> Self {
        Self {
            mark_every: ends,
            ..self
        }
    }
}

#[async_trait]
impl SagaLog for SqlSagaLog {
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        let take_over = || self.database.write("take-over", |tx| take_over(tx).boxed());
        outlast_paused_transaction(take_over).await
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        self.append_batch(epoch, now, entries, false).await
    }

    async fn append_waiting_shortly(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        self.append_batch(epoch, now, entries, true).await
    }

    async fn park(&self, epoch: Epoch, now: Timestamp, saga: SagaId) -> Result<(), LogError> {
        let parked = self
            .database
            .write("park", move |tx| park(tx, epoch, now, saga).boxed())
            .await?;
        parked.ok_or(LogError::Fenced { epoch })
    }

    async fn find(&self, saga: SagaId) -> Result<Option<StoredSaga>, StoreError> {
        let args = [saga.to_string().into()];
        let rows = self.database.query("find-saga", &FIND, args).await?;
        Ok(read_first(&rows))
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<StoredSaga>, StoreError> {
        let args = [request_key.to_owned().into()];
        let rows = self.database.query("find-saga-by-key", &FIND_BY_KEY, args);
        Ok(read_first(&rows.await?))
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<StoredSaga>, StoreError> {
        let statement = match filter {
            StatusFilter::Pending => return self.list_open(page).await,
            StatusFilter::All => &LIST_ALL,
            StatusFilter::Done => &LIST_COMPLETED,
            StatusFilter::Failed => &LIST_COMPENSATED,
        };
        let after = page.after.map_or(Uuid::nil(), |saga| saga.0);
        let args = [after.to_string().into(), i64::from(page.limit).into()];
        let rows = self.database.query("list-sagas", statement, args).await?;
        Ok(rows.iter().map(read).collect())
    }

    async fn list_ended(
        &self,
        page: Page<EndCursor>,
    ) -> Result<Vec<(Option<EndCursor>, StoredSaga)>, StoreError> {
        let after = page.after.unwrap_or(EndCursor {
            epoch: Epoch(0),
            position: 0,
            saga: SagaId(Uuid::nil()),
        });
        let args = [
            after.epoch.0.into(),
            after.position.into(),
            after.saga.to_string().into(),
            i64::from(page.limit).into(),
        ];
        let rows = self.database.query("list-ended", &LIST_ENDED, args).await?;
        Ok(rows
            .iter()
            .map(|row| (end_cursor(row), read(row)))
            .collect())
    }

    async fn newest(&self) -> Result<Option<SagaId>, StoreError> {
        let rows = self.database.query("newest-saga", &NEWEST, []).await?;
        rows.first().map(|row| row.uuid(0).map(SagaId)).transpose()
    }

    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        self.database.ping().await
    }
}

impl SqlSagaLog {
    /// Appends a batch: decides by the open sagas in memory what can be written, writes that, and notes what became of it.
    async fn append_batch(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
        waits_shortly: bool,
    ) -> Result<Vec<LogReply>, LogError> {
        let is_current = self.load(epoch).await?;
        let plan = match is_current {
            true => self.plan(entries)?,
            false => return Err(LogError::Fenced { epoch }),
        };
        let sent = entries.iter().zip(&plan.verdicts);
        let sent = sent.filter(|(_, verdict)| **verdict == Verdict::Send);
        let sent: Vec<LogEntry> = sent.map(|(entry, _)| entry.clone()).collect();
        let append = Append {
            epoch,
            now,
            entries: sent.clone(),
            mark: plan.mark,
            waits_shortly,
        };
        let appended = match self.write(append).await {
            Ok(Some(appended)) => appended,
            Ok(None) => {
                self.with_open(|open| open.forget(&plan));
                return Err(LogError::Fenced { epoch });
            }
            Err(error) => {
                // What may have been written stays in doubt.
                if error.commit_state() == CommitState::Absent {
                    self.with_open(|open| open.forget(&plan));
                }
                return Err(error.into());
            }
        };
        self.with_open(|open| {
            for (entry, (_, fate)) in sent.iter().zip(&appended) {
                open.settle(entry, *fate);
            }
            if let Some(mark) = plan.mark {
                open.marked(mark);
            }
        });
        let replies = appended.into_iter().map(|(reply, _)| reply);
        self.replies(epoch, now, entries, &plan, replies.collect())
            .await
    }

    /// The replies to all entries, those included that were not sent.
    ///
    /// The others are durable. Therefore any failure makes the effect of the whole batch unknown.
    async fn replies(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
        plan: &Plan,
        sent: Vec<LogReply>,
    ) -> Result<Vec<LogReply>, LogError> {
        let mut sent = sent.into_iter();
        let mut replies = Vec::with_capacity(entries.len());
        for (entry, verdict) in entries.iter().zip(&plan.verdicts) {
            let reply = match (verdict, entry) {
                (Verdict::Send, _) => sent.next(),
                (Verdict::Locked(holder), LogEntry::Start(new)) => {
                    let holder = *holder;
                    let key = new.request_key.as_deref();
                    let joined = match key {
                        Some(key) => self
                            .find_by_key(key)
                            .await
                            .map_err(|error| unknown(&error))?,
                        None => None,
                    };
                    match joined {
                        Some(stored) => Some(LogReply::Joined(Box::new(stored))),
                        None if self.is_open(holder) => Some(LogReply::Locked(holder)),
                        // The holder was to be started by the same batch, and was not.
                        None => self.append_one(epoch, now, entry).await?,
                    }
                }
                (Verdict::Locked(_) | Verdict::Lost, _) => Some(LogReply::Lost),
            };
            replies.extend(reply);
        }
        Ok(replies)
    }

    fn append_one<'a>(
        &'a self,
        epoch: Epoch,
        now: Timestamp,
        entry: &'a LogEntry,
    ) -> BoxFuture<'a, Result<Option<LogReply>, LogError>> {
        async move {
            let entries = std::slice::from_ref(entry);
            let replies = self.append_batch(epoch, now, entries, false).await;
            let replies = replies.map_err(|error| LogError::from(unknown(&error)))?;
            Ok(replies.into_iter().next())
        }
        .boxed()
    }

    /// Writes a batch. `None` if the epoch is over.
    ///
    /// With one statement the commit is part of it. Therefore only a refusal by the server shows that nothing was written; after
    /// any other error the effect is unknown.
    async fn write(&self, batch: Append) -> Result<Option<Appended>, StoreError> {
        let parks = |entry: &LogEntry| entry.as_status_change().is_some_and(StatusChange::is_park);
        let is_single = self.database.supports_single_statement()
            && !batch.waits_shortly
            && batch.mark.is_none()
            && !batch.entries.is_empty()
            && !batch.entries.iter().any(parks);
        if is_single {
            match self.write_single(&batch).await {
                Ok(rows) => {
                    let all = batch.entries.iter().map(written).collect();
                    return Ok((!rows.is_empty()).then_some(all));
                }
                Err(error) if error.is_duplicate() => {}
                Err(error) => return Err(error),
            }
        }
        self.database
            .write("saga-log", move |tx| append(tx, batch).boxed())
            .await
    }

    /// Appends with one statement. It returns no row if the epoch is over.
    async fn write_single(&self, batch: &Append) -> Result<Vec<Row>, StoreError> {
        let Append { epoch, now, .. } = *batch;
        let (starts, changes) = split(&batch.entries);
        let settled: Vec<StatusChange> = starts
            .iter()
            .filter_map(|new| end_of_settled(new))
            .collect();
        let changes: Vec<&StatusChange> = changes.into_iter().chain(&settled).collect();
        let name = "saga-log";
        match (&starts[..], &changes[..]) {
            ([new], []) => {
                let args = args_of_start(new, epoch, now);
                self.database.write_single(name, &APPEND_START, args).await
            }
            ([], [change]) => {
                let args = args_of_change(change, epoch, now)?;
                self.database.write_single(name, &APPEND_CHANGE, args).await
            }
            _ => {
                let args = [
                    batch_of_changes(&changes)?.into(),
                    batch_of_starts(&starts).into(),
                    epoch.0.into(),
                    now.0.into(),
                ];
                self.database.write_single(name, &APPEND, args).await
            }
        }
    }

    /// Lists open sagas, some thousand sagas at a time: without a recent watermark there may be millions that have ended.
    async fn list_open(&self, page: Page<SagaId>) -> Result<Vec<StoredSaga>, StoreError> {
        let mut found = Vec::new();
        let mut after = page.after.map_or(Uuid::nil(), |saga| saga.0).to_string();
        let limit = page.limit as usize;
        while found.len() < limit
            && let Some(bound) = self.bound(&after).await?
        {
            let left = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
            let args = [after.into(), bound.clone().into(), left.into()];
            let rows = self.database.query("list-sagas", &LIST_OPEN, args).await?;
            found.extend(rows.iter().map(read));
            after = bound;
        }
        Ok(found)
    }

    /// The last of the next sagas to look at. `None` if there are no more.
    async fn bound(&self, after: &str) -> Result<Option<String>, StoreError> {
        let args = [after.to_owned().into(), SCAN_SAGAS.into()];
        let rows = self.database.query("bound-sagas", &LIST_OPEN_BOUND, args);
        let rows = rows.await?;
        let bound = rows.first().map(|row| row.opt_text(0)).transpose()?;
        Ok(bound.flatten().map(str::to_owned))
    }

    /// Reads the open sagas before the first append of an epoch. Returns `false` if the epoch is over.
    ///
    /// From the moment at which the epoch was raised nobody else writes, and this log has not written yet. So several queries
    /// read one state.
    async fn load(&self, epoch: Epoch) -> Result<bool, StoreError> {
        if let Some(known) = self.known_epoch()
            && known >= epoch
        {
            return Ok(known == epoch);
        }
        let _loading = self.loading.lock().await;
        if let Some(known) = self.known_epoch()
            && known >= epoch
        {
            return Ok(known == epoch);
        }
        let mut open = None;
        let mut after = Uuid::nil().to_string();
        loop {
            let bound = self.bound(&after).await?;
            if bound.is_none() && open.is_some() {
                break;
            }
            let upto = bound.clone().unwrap_or_else(|| after.clone());
            let args = [after.clone().into(), upto.clone().into()];
            let rows = self.database.query("open-sagas", &OPEN, args).await?;
            let (current, watermark) = read_head(&rows)?;
            if current != epoch {
                return Ok(false);
            }
            let open = open.get_or_insert_with(|| OpenSagas::new(epoch, watermark));
            for (saga, lock_key, status) in rows.iter().filter_map(open_saga) {
                open.add(saga, lock_key, status);
            }
            if bound.is_none() {
                break;
            }
            after = upto;
        }
        *self.lock_open() = open;
        Ok(true)
    }

    fn plan(&self, entries: &[LogEntry]) -> Result<Plan, StoreError> {
        let plan = self.with_open(|open| open.plan(entries, self.mark_every));
        let plan = plan.unwrap_or(Err(NoPlan::InDoubt(SagaId(Uuid::nil()))));
        plan.map_err(|no_plan| match no_plan {
            NoPlan::InDoubt(saga) => unknown(&format!(
                "saga {saga} may be in the log, and another one that may have ended has its lock"
            )),
            NoPlan::TooOld(saga) => {
                StoreError::Invariant(format!("saga {saga} is older than the log's watermark"))
            }
        })
    }

    fn known_epoch(&self) -> Option<Epoch> {
        self.lock_open().as_ref().map(|open| open.epoch)
    }

    fn is_open(&self, saga: SagaId) -> bool {
        self.with_open(|open| open.has(saga)).unwrap_or(false)
    }

    fn with_open<T>(&self, work: impl FnOnce(&mut OpenSagas) -> T) -> Option<T> {
        self.lock_open().as_mut().map(work)
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

async fn take_over(tx: &mut Tx<'_>) -> Result<Epoch, StoreError> {
    let rows = tx.rows(&TAKE_OVER, []).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Invariant("the log has no lease row".to_owned()))?;
    Ok(Epoch(row.int(0)?))
}
