//! Retention of the saga log on SQLite and PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;

use super::{
    CollectedBatch, EndCursor, LogError, LogProgress, Mark, Raise, Retained, RetentionLog,
    RetentionUpdate, SqlSagaLog, append_transaction::PROVE_EPOCH,
};
use crate::{
    id::{Epoch, SagaId},
    store::{Arg, Row, Sql, StoreError, Tx, sql},
};

static READ: Sql = sql!("retention_read");
static MARKS: Sql = sql!("retention_marks");
static TICK: Sql = sql!("retention_tick");
static MARK: Sql = sql!("retention_mark");
static FORGET: Sql = sql!("retention_forget");
static RAISE: Sql = sql!("retention_raise");
static BOUND: Sql = sql!("collect_bound");
static SAGAS: Sql = sql!("collect_sagas");
static CHANGES: Sql = sql!("collect_changes");
static PARKS: Sql = sql!("collect_parks");

#[async_trait]
impl RetentionLog for SqlSagaLog {
    async fn retained(&self) -> Result<Retained, StoreError> {
        let rows = self.database.query("read-retention", &READ, []).await?;
        let row = rows.first().ok_or_else(no_row)?;
        let marks = self.database.query("read-marks", &MARKS, []).await?;
        Ok(Retained {
            clock: micros(row.int(0)?),
            ended: count(row.int(1)?),
            below: id(row, 2)?,
            keys_below: id(row, 3)?,
            ends: ends(row, 4)?,
            watermark: id(row, 5)?,
            marks: marks.iter().map(mark).collect::<Result<_, _>>()?,
        })
    }

    async fn raise_watermark(&self, epoch: Epoch) -> Result<LogProgress, LogError> {
        self.appends.raise_watermark(epoch).await
    }

    async fn record(
        &self,
        epoch: Epoch,
        update: RetentionUpdate,
    ) -> Result<Option<Mark>, LogError> {
        let written = self.database.write("retention", move |tx| {
            async move { record(tx, epoch, update).await }.boxed()
        });
        written.await?.ok_or(LogError::Fenced { epoch })
    }

    async fn collect(
        &self,
        after: SagaId,
        below: SagaId,
        sagas_max: u32,
    ) -> Result<CollectedBatch, StoreError> {
        let collected = self.database.write("collect", move |tx| {
            async move { collect(tx, after, below, sagas_max).await }.boxed()
        });
        collected.await
    }
}

/// `None` if the epoch is over.
async fn record(
    tx: &mut Tx<'_>,
    epoch: Epoch,
    update: RetentionUpdate,
) -> Result<Option<Option<Mark>>, StoreError> {
    if tx.rows(&PROVE_EPOCH, [epoch.0.into()]).await?.is_empty() {
        return Ok(None);
    }
    let (clock, ended) = (to_micros(update.clock), to_int(update.ended));
    tx.execute(&TICK, [clock.into(), ended.into()]).await?;
    let mut mark = None;
    if let Some(below) = update.mark {
        let args = [clock.into(), ended.into(), below.to_string().into()];
        let rows = tx.rows(&MARK, args).await?;
        // There is none if a mark with this clock exists.
        if let Some(row) = rows.first() {
            mark = Some(Mark {
                clock: update.clock,
                ended: update.ended,
                below,
                ends: ends(row, 0)?,
            });
        }
    }
    for clock in update.forget {
        tx.execute(&FORGET, [to_micros(clock).into()]).await?;
    }
    if let Some(raise) = update.raise {
        raise_below(tx, raise).await?;
    }
    Ok(Some(mark))
}

async fn raise_below(tx: &mut Tx<'_>, raise: Raise) -> Result<(), StoreError> {
    let args = [
        raise.below.to_string().into(),
        Arg::Text(raise.keys_below.map(|id| id.to_string())),
        Arg::Text(raise.ends.map(|ends| ends.to_string())),
    ];
    match tx.rows(&RAISE, args).await?.is_empty() {
        false => Ok(()),
        true => Err(StoreError::Invariant(format!(
            "the retention watermark would go back, or exceed the log's own: {raise:?}"
        ))),
    }
}

async fn collect(
    tx: &mut Tx<'_>,
    after: SagaId,
    below: SagaId,
    sagas_max: u32,
) -> Result<CollectedBatch, StoreError> {
    let after = after.to_string();
    let args = [
        after.clone().into(),
        below.to_string().into(),
        i64::from(sagas_max).into(),
    ];
    let bound = tx.rows(&BOUND, args).await?;
    let bound = bound.first().map(|row| row.opt_text(0)).transpose()?;
    let Some(last) = bound.flatten().map(str::to_owned) else {
        return Ok(CollectedBatch {
            last: None,
            sagas: 0,
        });
    };
    let range = || [after.clone().into(), last.clone().into()];
    let sagas = tx.execute(&SAGAS, range()).await?;
    tx.execute(&CHANGES, range()).await?;
    tx.execute(&PARKS, range()).await?;
    Ok(CollectedBatch {
        last: Some(read_id(&last)?),
        sagas,
    })
}

/// Reads the place up to which ends may have been deleted.
pub(super) async fn ends_gone(log: &SqlSagaLog) -> Result<Option<EndCursor>, StoreError> {
    let rows = log.database.query("read-retention", &READ, []).await?;
    ends(rows.first().ok_or_else(no_row)?, 4)
}

fn mark(row: &Row) -> Result<Mark, StoreError> {
    let below = id(row, 2)?;
    Ok(Mark {
        clock: micros(row.int(0)?),
        ended: count(row.int(1)?),
        below: below.ok_or_else(|| StoreError::Invariant("a mark has no saga".to_owned()))?,
        ends: ends(row, 3)?,
    })
}

fn id(row: &Row, column: usize) -> Result<Option<SagaId>, StoreError> {
    row.opt_text(column)?.map(read_id).transpose()
}

fn read_id(text: &str) -> Result<SagaId, StoreError> {
    let read = text.parse().map(SagaId);
    read.map_err(|_| StoreError::Invariant(format!("{text} is no id of a saga")))
}

fn ends(row: &Row, column: usize) -> Result<Option<EndCursor>, StoreError> {
    let read = row.opt_text(column)?.map(str::parse).transpose();
    read.map_err(|_| StoreError::Invariant("the place of an end cannot be read".to_owned()))
}

fn micros(value: i64) -> Duration {
    Duration::from_micros(count(value))
}

fn to_micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

fn to_int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn no_row() -> StoreError {
    StoreError::Invariant("the log has no row of its retention".to_owned())
}
