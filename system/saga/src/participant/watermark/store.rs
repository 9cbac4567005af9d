//! The watermark in a participant's database, and the deletion of barrier rows below it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures::FutureExt;
use likewise_barrier::sql;

use super::{Decision, Raised, Watermark};
use crate::{
    id::{Epoch, SagaId},
    store::{Database, Row, Sql, StoreError, Tx},
};

static LOCK: Sql = Sql {
    name: "barrier_watermark_lock",
    sqlite: sql::SQLITE_WATERMARK_LOCK,
    postgres: sql::POSTGRES_WATERMARK_LOCK,
};
static RAISE: Sql = Sql {
    name: "barrier_watermark_raise",
    sqlite: sql::SQLITE_WATERMARK_RAISE,
    postgres: sql::POSTGRES_WATERMARK_RAISE,
};
static TRANSACTIONS: Sql = Sql {
    name: "barrier_transactions",
    sqlite: "",
    postgres: sql::POSTGRES_TRANSACTIONS,
};
static COLLECT_END: Sql = Sql {
    name: "barrier_collect_end",
    sqlite: sql::SQLITE_COLLECT_END,
    postgres: sql::POSTGRES_COLLECT_END,
};
static COLLECT: Sql = Sql {
    name: "barrier_collect",
    sqlite: sql::SQLITE_COLLECT,
    postgres: sql::POSTGRES_COLLECT,
};

/// A batch of rows that was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// How many rows it had.
    pub rows: u64,
    /// Where the next batch begins. `None` if this was the last one.
    pub next: Option<SagaId>,
}

/// Access to the watermark and to the rows below it. Tests replace it by wrong ones, which the checks must detect.
#[async_trait]
pub trait WatermarkStore: Send + Sync {
    /// Stores a watermark, unless it would go back. The inner error is what is stored then.
    ///
    /// # Errors
    /// [`StoreError`]. If its effect is unknown, the watermark may have been stored.
    async fn raise(
        &self,
        database: &Database,
        watermark: Watermark,
    ) -> Result<Result<Raised, Watermark>, StoreError>;

    /// The open transactions that may change barrier rows, and may do so with the watermark that was stored when they began. On
    /// SQLite there are none: a transaction that writes is alone.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn open_transactions(&self, database: &Database) -> Result<BTreeSet<String>, StoreError>;

    /// Deletes at most `rows_max` rows of sagas from `from` up to, and without, `below`, in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]. If its effect is unknown, the rows may be gone; deleting them again is safe.
    async fn collect(
        &self,
        database: &Database,
        from: SagaId,
        below: SagaId,
        rows_max: u32,
    ) -> Result<Collected, StoreError>;
}

/// The watermark in the table of the barrier's crate.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqlWatermarkStore;

#[async_trait]
impl WatermarkStore for SqlWatermarkStore {
    async fn raise(
        &self,
        database: &Database,
        watermark: Watermark,
    ) -> Result<Result<Raised, Watermark>, StoreError> {
        let raised = database.write("raise-watermark", move |tx| raise(tx, watermark).boxed());
        raised.await
    }

    async fn open_transactions(&self, database: &Database) -> Result<BTreeSet<String>, StoreError> {
        if database.has_one_writer() {
            return Ok(BTreeSet::new());
        }
        let rows = database.query("barrier-transactions", &TRANSACTIONS, []);
        let rows = rows.await?;
        rows.iter()
            .map(|row| row.text(0).map(str::to_owned))
            .collect()
    }

    async fn collect(
        &self,
        database: &Database,
        from: SagaId,
        below: SagaId,
        rows_max: u32,
    ) -> Result<Collected, StoreError> {
        let collected = database.write("collect", move |tx| {
            collect(tx, from, below, rows_max).boxed()
        });
        collected.await
    }
}

async fn raise(
    tx: &mut Tx<'_>,
    watermark: Watermark,
) -> Result<Result<Raised, Watermark>, StoreError> {
    let rows = tx.rows(&LOCK, [i64::from(watermark.shard).into()]).await?;
    let row = rows.first().ok_or_else(|| {
        let shard = watermark.shard;
        StoreError::Invariant(format!(
            "the table of watermarks has no row of shard {shard}"
        ))
    })?;
    let before = stored(watermark.shard, row)?;
    match (watermark.decide(before), before) {
        (Decision::Refuse, Some(stored)) => return Ok(Err(stored)),
        (Decision::Store, _) => {
            let below = watermark.below.to_string();
            let epoch = watermark.epoch.0;
            let args = [
                i64::from(watermark.shard).into(),
                below.into(),
                epoch.into(),
            ];
            tx.execute(&RAISE, args).await?;
        }
        // An equal one is not written again: each update would leave a dead row.
        (Decision::Keep | Decision::Refuse, _) => {}
    }
    let stored = watermark;
    Ok(Ok(Raised { stored, before }))
}

/// The stored watermark. The nil id says that there is none.
fn stored(shard: i16, row: &Row) -> Result<Option<Watermark>, StoreError> {
    let below = SagaId(row.uuid(0)?);
    let epoch = Epoch(row.int(1)?);
    let stored = Watermark {
        shard,
        below,
        epoch,
    };
    Ok((!below.0.is_nil()).then_some(stored))
}

async fn collect(
    tx: &mut Tx<'_>,
    from: SagaId,
    below: SagaId,
    rows_max: u32,
) -> Result<Collected, StoreError> {
    let (from, below) = (from.to_string(), below.to_string());
    let args = [
        from.clone().into(),
        below.clone().into(),
        i64::from(rows_max).into(),
    ];
    let rows = tx.rows(&COLLECT_END, args).await?;
    let next = rows.first().map(|row| row.uuid(0)).transpose()?.map(SagaId);
    let end = next.map_or(below, |next| next.to_string());
    let rows = tx.execute(&COLLECT, [from.into(), end.into()]).await?;
    Ok(Collected { rows, next })
}
