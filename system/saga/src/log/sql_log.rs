//! The saga log on SQLite and PostgreSQL.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures::FutureExt;
use uuid::Uuid;

use super::{
    LogEntry, LogError, LogReply, NewSaga, SagaLog, SagaRow, StatusChange, StatusFilter,
    rows::{batch_of_changes, batch_of_starts, read},
};
use crate::{
    id::{Epoch, SagaId},
    store::{
        Batch, Database, Insert, Inserted, Page, PostgresStatement, Row, Sql, StoreError, Tx,
        insert, postgres_statement, sql,
    },
    time::Timestamp,
};

static APPEND: PostgresStatement = postgres_statement!("log_append");
static TAKE_OVER: Sql = sql!("log_take_over");
static PROVE_EPOCH: Sql = sql!("log_prove_epoch");
static MOVE: Sql = sql!("log_move");
static START: Insert = insert!("log_start");
static OPEN_BY_LOCK_KEY: Sql = sql!("log_open_by_subject");
static FIND: Sql = sql!("log_find");
static FIND_BY_KEY: Sql = sql!("log_find_by_key");
static LIST_ALL: Sql = sql!("log_list_all");
static LIST_OPEN: Sql = sql!("log_list_open");
static LIST_COMPLETED: Sql = sql!("log_list_completed");
static LIST_COMPENSATED: Sql = sql!("log_list_compensated");

/// The saga log in the coordinator's database.
pub struct SqlSagaLog {
    database: Database,
}

impl SqlSagaLog {
    /// The log in this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl SagaLog for SqlSagaLog {
    async fn take_over(&self) -> Result<Epoch, StoreError> {
        self.database
            .write("take-over", |tx| take_over(tx).boxed())
            .await
    }

    async fn append(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let appended = match self.database.supports_single_statement() {
            true => self.append_single(epoch, now, entries).await?,
            false => self.append_in_steps(epoch, now, entries.to_vec()).await?,
        };
        appended.ok_or(LogError::Fenced { epoch })
    }

    async fn find(&self, saga: SagaId) -> Result<Option<SagaRow>, StoreError> {
        let args = [saga.to_string().into()];
        one(&self.database.query("find-saga", &FIND, args).await?)
    }

    async fn find_by_key(&self, request_key: &str) -> Result<Option<SagaRow>, StoreError> {
        let args = [request_key.to_owned().into()];
        one(&self
            .database
            .query("find-saga-by-key", &FIND_BY_KEY, args)
            .await?)
    }

    async fn list(
        &self,
        filter: StatusFilter,
        page: Page<SagaId>,
    ) -> Result<Vec<SagaRow>, StoreError> {
        let statement = match filter {
            StatusFilter::All => &LIST_ALL,
            StatusFilter::Pending => &LIST_OPEN,
            StatusFilter::Done => &LIST_COMPLETED,
            StatusFilter::Failed => &LIST_COMPENSATED,
        };
        let after = page.after.map_or(Uuid::nil(), |saga| saga.0);
        let args = [after.to_string().into(), i64::from(page.limit).into()];
        let rows = self.database.query("list-sagas", statement, args).await?;
        rows.iter().map(read).collect()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.database.ping().await
    }
}

impl SqlSagaLog {
    /// Nothing, if the epoch is over.
    async fn append_in_steps(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: Vec<LogEntry>,
    ) -> Result<Option<Vec<LogReply>>, StoreError> {
        self.database
            .write("saga-log", move |tx| {
                append(tx, epoch, now, entries).boxed()
            })
            .await
    }

    /// The same in one statement. What it could not start goes the long way after it, which tells why.
    async fn append_single(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Option<Vec<LogReply>>, StoreError> {
        let moves: Vec<&StatusChange> = entries
            .iter()
            .filter_map(LogEntry::as_status_change)
            .collect();
        let starts: Vec<&NewSaga> = entries.iter().filter_map(LogEntry::as_start).collect();
        let args = [
            batch_of_changes(&moves)?.into(),
            batch_of_starts(&starts)?.into(),
            epoch.0.into(),
            now.0.into(),
        ];
        let rows = self
            .database
            .write_single("saga-log", &APPEND, args)
            .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let changed: BTreeSet<Uuid> = rows
            .iter()
            .filter_map(|row| row.opt_uuid(0).transpose())
            .collect::<Result<_, _>>()?;
        let left: Vec<LogEntry> = entries
            .iter()
            .filter(|entry| {
                entry
                    .as_start()
                    .is_some_and(|new| !changed.contains(&new.id.0))
            })
            .cloned()
            .collect();
        let mut left = self.append_left(epoch, now, left).await?.into_iter();
        let reply = |entry: &LogEntry| match entry {
            LogEntry::StatusChange(entry) if changed.contains(&entry.saga.0) => {
                Some(LogReply::Changed)
            }
            LogEntry::StatusChange(_) => Some(LogReply::Lost),
            LogEntry::Start(new) if changed.contains(&new.id.0) => Some(LogReply::Started),
            LogEntry::Start(_) => left.next(),
        };
        Ok(entries.iter().map(reply).collect())
    }

    /// Appends what is left of a batch of which the rest is durable already: so whatever goes wrong
    /// leaves the batch in doubt.
    async fn append_left(
        &self,
        epoch: Epoch,
        now: Timestamp,
        left: Vec<LogEntry>,
    ) -> Result<Vec<LogReply>, StoreError> {
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let appended = self.append_in_steps(epoch, now, left).await;
        let in_doubt = |why: String| StoreError::Unknown(sqlx::Error::Protocol(why).into());
        match appended {
            Ok(Some(replies)) => Ok(replies),
            Ok(None) => Err(in_doubt(
                "the epoch ended between two parts of a batch".to_owned(),
            )),
            Err(error) => Err(in_doubt(error.to_string())),
        }
    }
}

async fn take_over(tx: &mut Tx<'_>) -> Result<Epoch, StoreError> {
    let rows = tx.rows(&TAKE_OVER, []).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Broken("the shard has no row".to_owned()))?;
    Ok(Epoch(row.int(0)?))
}

/// Nothing, if the epoch is over.
async fn append(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    entries: Vec<LogEntry>,
) -> Result<Option<Vec<LogReply>>, StoreError> {
    let moves: Vec<&StatusChange> = entries
        .iter()
        .filter_map(LogEntry::as_status_change)
        .collect();
    let starts: Vec<&NewSaga> = entries.iter().filter_map(LogEntry::as_start).collect();
    if tx.rows(&PROVE_EPOCH, [epoch.0.into()]).await?.is_empty() {
        return Ok(None);
    }
    // The moves come first: one of them may free the subject of a start.
    let moved = moved(tx, epoch, now, &moves).await?;
    let started = started(tx, epoch, now, &starts).await?;
    let mut replies = Vec::with_capacity(entries.len());
    for entry in entries {
        replies.push(match entry {
            LogEntry::StatusChange(StatusChange { saga, .. }) if moved.contains(&saga.0) => {
                LogReply::Changed
            }
            LogEntry::StatusChange(_) => LogReply::Lost,
            LogEntry::Start(new) if started.contains(&new.id.0) => LogReply::Started,
            LogEntry::Start(new) => not_started(tx, new).await?,
        });
    }
    Ok(Some(replies))
}

async fn moved(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    moves: &[&StatusChange],
) -> Result<BTreeSet<Uuid>, StoreError> {
    if moves.is_empty() {
        return Ok(BTreeSet::new());
    }
    let args = [
        batch_of_changes(moves)?.into(),
        epoch.0.into(),
        now.0.into(),
    ];
    identities(&tx.rows(&MOVE, args).await?)
}

async fn started(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    now: Timestamp,
    starts: &[&NewSaga],
) -> Result<BTreeSet<Uuid>, StoreError> {
    if starts.is_empty() {
        return Ok(BTreeSet::new());
    }
    let args = [
        batch_of_starts(starts)?.into(),
        epoch.0.into(),
        now.0.into(),
    ];
    let outcome = tx.one(START.sql.with(args)).await?;
    let ids = || starts.iter().map(|new| new.id.0);
    let all = || Batch::default().uuids("id", ids());
    match tx.inserted(&START, outcome, starts.len(), all).await? {
        Inserted::All => Ok(ids().collect()),
        Inserted::Only(rows) => identities(&rows),
    }
}

fn identities(rows: &[Row]) -> Result<BTreeSet<Uuid>, StoreError> {
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// Why a saga could not be started: its key or its subject is taken.
async fn not_started(tx: &mut Tx<'_>, new: NewSaga) -> Result<LogReply, StoreError> {
    if let Some(key) = new.request_key
        && let Some(row) = find_by_key(tx, key).await?
    {
        return Ok(LogReply::Joined(Box::new(row)));
    }
    let holders = tx.rows(&OPEN_BY_LOCK_KEY, [new.lock_key.into()]).await?;
    match holders.first() {
        Some(row) => Ok(LogReply::Locked(SagaId(row.uuid(0)?))),
        None => Err(StoreError::Broken(format!(
            "saga {} was neither started nor in the way of another",
            new.id
        ))),
    }
}

async fn find_by_key(tx: &mut Tx<'_>, key: String) -> Result<Option<SagaRow>, StoreError> {
    one(&tx.rows(&FIND_BY_KEY, [key.into()]).await?)
}

fn one(rows: &[Row]) -> Result<Option<SagaRow>, StoreError> {
    rows.first().map(read).transpose()
}
