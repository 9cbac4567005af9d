//! The saga log on SQLite and PostgreSQL.
//!
//! On PostgreSQL an append is one statement and one transaction: it proves the epoch, which locks the log until the commit,
//! changes statuses and starts sagas. Each round trip costs more than the work in it. A start that the statement could not do
//! is repeated in a second transaction, which tells why. On SQLite a statement costs no round trip, so there is one
//! transaction with one statement per task.

use std::{collections::BTreeSet, fmt::Display, sync::Arc};

use async_trait::async_trait;
use futures::FutureExt;
use uuid::Uuid;

use super::{
    EndCursor, LogEntry, LogError, LogReply, SagaLog, StatusFilter, StoredSaga,
    append_transaction::{FIND_BY_KEY, append, park, split},
    read_row::{end_cursor, read, read_first},
    rows::{batch_of_changes, batch_of_starts},
};
use crate::{
    id::{Epoch, SagaId},
    store::{
        Database, Page, PostgresStatement, Sql, StoreError, Tx, outlast_paused_transaction,
        postgres_statement, sql,
    },
    time::Timestamp,
};

static APPEND: PostgresStatement = postgres_statement!("log_append");
static TAKE_OVER: Sql = sql!("log_take_over");
static FIND: Sql = sql!("log_find");
static LIST_ALL: Sql = sql!("log_list_all");
static LIST_OPEN: Sql = sql!("log_list_open");
static LIST_COMPLETED: Sql = sql!("log_list_completed");
static LIST_COMPENSATED: Sql = sql!("log_list_compensated");
static LIST_ENDED: Sql = sql!("log_list_ended");

/// The saga log in the coordinator's database.
pub struct SqlSagaLog {
    database: Database,
}

impl SqlSagaLog {
    /// The log in this database, whose schema is [`SAGA_LOG_SCHEMA`](super::SAGA_LOG_SCHEMA).
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
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
        let appended = match self.database.supports_single_statement() {
            true => self.append_single(epoch, now, entries).await?,
            false => {
                self.append_in_transaction(epoch, now, entries.to_vec())
                    .await?
            }
        };
        appended.ok_or(LogError::Fenced { epoch })
    }

    async fn append_waiting_shortly(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let entries = entries.to_vec();
        let appended = self.database.write("saga-log", move |tx| {
            async move {
                tx.wait_shortly_for_locks().await?;
                append(tx, epoch, now, entries).await
            }
            .boxed()
        });
        let appended = appended.await?;
        appended.ok_or(LogError::Fenced { epoch })
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
            StatusFilter::All => &LIST_ALL,
            StatusFilter::Pending => &LIST_OPEN,
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

    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        self.database.ping().await
    }
}

impl SqlSagaLog {
    /// Appends with several statements in one transaction. `None` if the epoch is over.
    async fn append_in_transaction(
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

    /// Appends with one statement. Starts that it could not do are repeated in a transaction, which tells why. `None` if the
    /// epoch is over.
    ///
    /// The commit is part of the statement. Therefore only a refusal by the server shows that nothing was written; after any
    /// other error the effect is unknown.
    async fn append_single(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Option<Vec<LogReply>>, StoreError> {
        let (changes, starts) = split(entries);
        let args = [
            batch_of_changes(&changes)?.into(),
            batch_of_starts(&starts)?.into(),
            epoch.0.into(),
            now.0.into(),
        ];
        let rows = self
            .database
            .write_single("saga-log", &APPEND, args)
            .await?;
        // The proof of the epoch is a row without an id. Without that row nothing was written.
        if rows.is_empty() {
            return Ok(None);
        }
        let written: BTreeSet<Uuid> = rows
            .iter()
            .filter_map(|row| row.opt_uuid(0).transpose())
            .collect::<Result<_, _>>()
            // The statement is committed, whatever its rows look like.
            .map_err(|error: StoreError| unknown(&error))?;
        let missing = starts.iter().filter(|new| !written.contains(&new.id.0));
        let missing = missing.map(|new| LogEntry::Start((*new).clone())).collect();
        let mut missing = self.append_rest(epoch, now, missing).await?.into_iter();
        let reply = |entry: &LogEntry| match entry {
            LogEntry::StatusChange(change) if written.contains(&change.saga.0) => {
                Some(LogReply::Changed)
            }
            LogEntry::StatusChange(_) => Some(LogReply::Lost),
            LogEntry::Start(new) if written.contains(&new.id.0) => Some(LogReply::Started),
            LogEntry::Start(_) => missing.next(),
        };
        Ok(entries.iter().map(reply).collect())
    }

    /// Appends the rest of a batch whose other entries are durable. Therefore any failure makes the effect of the whole batch
    /// unknown.
    async fn append_rest(
        &self,
        epoch: Epoch,
        now: Timestamp,
        rest: Vec<LogEntry>,
    ) -> Result<Vec<LogReply>, StoreError> {
        if rest.is_empty() {
            return Ok(Vec::new());
        }
        match self.append_in_transaction(epoch, now, rest).await {
            Ok(Some(replies)) => Ok(replies),
            Ok(None) => Err(unknown(&"the epoch ended between two parts of a batch")),
            Err(error) => Err(unknown(&error)),
        }
    }
}

/// An error after which a part of a batch is durable.
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
