//! The saga log on SQLite and PostgreSQL.
//!
//! Nothing is updated: a start and each change of a status is an inserted row. `sql_append.rs` appends; the locks of open sagas are
//! in memory (`open_sagas.rs`), read from the log before the first append of an epoch.

use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use uuid::Uuid;

use super::{
    EndCursor, EndsPage, FoundSaga, LogEntry, LogError, LogHead, LogReply, LoggedChange,
    OperationLog, RetentionLog, SagaLog, StatusFilter, StoredSaga,
    append_transaction::{FIND, FIND_BY_KEY, park},
    history::read_history,
    read_open::bound,
    read_row::{COLUMNS, end_cursor, read, read_first},
    sql_append::{Batch, SqlAppends},
    sql_retention::ends_gone,
};
use crate::{
    alerts::Deliveries,
    id::{Epoch, SagaId},
    store::{Database, Page, Row, Sql, StoreError, Tx, outlast_paused_transaction, sql},
    time::Timestamp,
};

static TAKE_OVER: Sql = sql!("log_take_over");
static LIST_ALL: Sql = sql!("log_list_all");
static LIST_OPEN: Sql = sql!("log_list_open");
static LIST_COMPLETED: Sql = sql!("log_list_completed");
static LIST_COMPENSATED: Sql = sql!("log_list_compensated");
static LIST_ENDED: Sql = sql!("log_list_ended");
static FIND_KEPT: Sql = sql!("log_find_kept");
static HISTORY: Sql = sql!("log_history");
static HEAD: Sql = sql!("log_head");

/// The columns of [`FIND_KEPT`] after those of a saga.
const IS_FOUND: usize = COLUMNS.len();
const IS_BELOW: usize = IS_FOUND + 1;

/// The number of ends after which an append writes a watermark. A takeover reads about as many ended sagas.
const MARK_EVERY: u32 = 1_024;

/// The saga log in the coordinator's database.
pub struct SqlSagaLog {
    pub(crate) database: Database,
    pub(super) appends: SqlAppends,
}

impl SqlSagaLog {
    /// The log in this database, whose schema is [`SAGA_LOG_SCHEMA`](super::SAGA_LOG_SCHEMA).
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            appends: SqlAppends::new(database.clone(), MARK_EVERY),
            database,
        }
    }

    /// The same log, which writes a watermark after this number of ends.
    #[must_use]
    pub fn mark_every(mut self, ends: u32) -> Self {
        self.appends.mark_every = ends;
        self
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
        let batch = Batch {
            epoch,
            now,
            waits_shortly: false,
        };
        self.appends.append(batch, entries).await
    }

    async fn append_waiting_shortly(
        &self,
        epoch: Epoch,
        now: Timestamp,
        entries: &[LogEntry],
    ) -> Result<Vec<LogReply>, LogError> {
        let batch = Batch {
            epoch,
            now,
            waits_shortly: true,
        };
        self.appends.append(batch, entries).await
    }

    async fn park(
        &self,
        epoch: Epoch,
        now: Timestamp,
        saga: SagaId,
        reason: &str,
    ) -> Result<(), LogError> {
        let reason = reason.to_owned();
        let parked = self.database.write("park", move |tx| {
            async move { park(tx, epoch, now, saga, &reason).await }.boxed()
        });
        parked.await?.ok_or(LogError::Fenced { epoch })
    }

    async fn holder(&self, epoch: Epoch, lock_key: &str) -> Result<Option<SagaId>, StoreError> {
        self.appends.holder(epoch, lock_key).await
    }

    async fn find(&self, saga: SagaId) -> Result<Option<StoredSaga>, StoreError> {
        let args = [saga.to_string().into()];
        let rows = self.database.query("find-saga", &FIND, args).await?;
        Ok(read_first(&rows))
    }

    async fn look_up(&self, saga: SagaId) -> Result<FoundSaga, StoreError> {
        let args = [saga.to_string().into()];
        let rows = self.database.query("find-saga", &FIND_KEPT, args).await?;
        let no_row = || StoreError::Invariant("the log has no row of its retention".to_owned());
        let row = rows.first().ok_or_else(no_row)?;
        Ok(match (row.int(IS_FOUND)? != 0, row.int(IS_BELOW)? != 0) {
            (true, _) => FoundSaga::Stored(Box::new(read(row))),
            (false, true) => FoundSaga::Collected,
            (false, false) => FoundSaga::Absent,
        })
    }

    async fn history(&self, saga: SagaId) -> Result<Vec<LoggedChange>, StoreError> {
        let args = [saga.to_string().into()];
        let rows = self.database.query("read-history", &HISTORY, args).await?;
        Ok(read_history(&rows))
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

    async fn list_kept_ends(&self, page: Page<EndCursor>) -> Result<EndsPage, StoreError> {
        let listed = self.list_ended(page).await?;
        let Some(after) = page.after else {
            return Ok(EndsPage::Listed(listed));
        };
        // Read after the page: what was deleted before the page was read is known now.
        match ends_gone(self).await?.is_some_and(|gone| after < gone) {
            true => Ok(EndsPage::Collected),
            false => Ok(EndsPage::Listed(listed)),
        }
    }

    fn retention(&self) -> Option<&dyn RetentionLog> {
        Some(self)
    }

    fn deliveries(&self) -> Option<&dyn Deliveries> {
        Some(self)
    }

    fn operations(&self) -> Option<&dyn OperationLog> {
        Some(self)
    }

    async fn head(&self) -> Result<LogHead, StoreError> {
        let rows = self.database.query("newest-saga", &HEAD, []).await?;
        // One damaged identity must not keep every saga from starting.
        let id = |row: &Row| row.opt_text(0).ok().flatten()?.parse().ok();
        let has_orders = rows.last().map(|row| row.int(1)).transpose()?;
        Ok(LogHead {
            newest: rows.iter().find_map(id).map(SagaId),
            has_orders: has_orders == Some(1),
        })
    }

    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        self.database.ping().await
    }
}

impl SqlSagaLog {
    /// Lists open sagas, some thousand sagas at a time: without a recent watermark there may be millions that have ended.
    async fn list_open(&self, page: Page<SagaId>) -> Result<Vec<StoredSaga>, StoreError> {
        let mut found = Vec::new();
        let mut after = page.after.map_or(Uuid::nil(), |saga| saga.0).to_string();
        let limit = page.limit as usize;
        while found.len() < limit
            && let Some(bound) = bound(&self.database, &after).await?
        {
            let left = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
            let args = [after.into(), bound.clone().into(), left.into()];
            let rows = self.database.query("list-sagas", &LIST_OPEN, args).await?;
            found.extend(rows.iter().map(read));
            after = bound;
        }
        Ok(found)
    }
}

async fn take_over(tx: &mut Tx<'_>) -> Result<Epoch, StoreError> {
    let rows = tx.rows(&TAKE_OVER, []).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Invariant("the log has no lease row".to_owned()))?;
    Ok(Epoch(row.int(0)?))
}
