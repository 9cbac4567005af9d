//! Reads the barrier rows of a participant's database. It is also the client for a leader in the same process.

use std::collections::BTreeMap;

use async_trait::async_trait;
use likewise_barrier::{BarrierState, sql};

use super::{BarrierRow, BarrierRowsClient, RowState};
use crate::{
    participant::barrier_rows::{key, keys},
    protocol::{NoReply, StepKey, step::BATCH_STEPS_MAX},
    store::{Database, Row, Sql, StoreError},
    time::Timestamp,
};

static ROWS: Sql = Sql {
    name: "barrier_rows",
    sqlite: sql::SQLITE_ROWS,
    postgres: sql::POSTGRES_ROWS,
};

/// The barrier rows of a participant's database. Clones share it.
#[derive(Clone)]
pub struct BarrierRows(Database);

impl BarrierRows {
    /// The rows in this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(database)
    }

    /// Reads the rows of these steps in one snapshot, in order. A step may be named twice.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was read.
    pub async fn stored(&self, steps: &[StepKey]) -> Result<Vec<Option<BarrierRow>>, StoreError> {
        let args = [keys(steps.iter().copied()).into()];
        let rows = self.0.query("barrier-rows", &ROWS, args).await?;
        let rows = rows.iter().map(|row| Ok((key(row)?, read(row)?)));
        let rows: BTreeMap<StepKey, BarrierRow> = rows.collect::<Result<_, StoreError>>()?;
        Ok(steps.iter().map(|step| rows.get(step).cloned()).collect())
    }
}

/// Reads a row whose first columns are its key.
fn read(row: &Row) -> Result<BarrierRow, StoreError> {
    Ok(BarrierRow {
        state: row.opt_int(2)?.map_or(Ok(RowState::Collected), state)?,
        fingerprint: row.opt_int(3)?,
        result: row.opt_text(4)?.map(str::to_owned),
        created_at: row.opt_int(5)?.map(Timestamp),
        below_watermark: row.int(6)? != 0,
    })
}

/// A code that no state has is an error, as for the barrier itself.
fn state(code: i64) -> Result<RowState, StoreError> {
    let state = BarrierState::of_code(code).map(RowState::of);
    state.ok_or_else(|| StoreError::Invariant(format!("{code} is not the code of a barrier state")))
}

#[async_trait]
impl BarrierRowsClient for BarrierRows {
    async fn read(&self, steps: Vec<StepKey>) -> Result<Vec<Option<BarrierRow>>, NoReply> {
        if steps.is_empty() || steps.len() > BATCH_STEPS_MAX {
            return Err(NoReply(invalid(steps.len())));
        }
        let stored = self.stored(&steps).await;
        stored.map_err(|error| NoReply(error.to_string()))
    }
}

/// Why a list of this length is refused.
pub(super) fn invalid(length: usize) -> String {
    format!("must be a list of 1 to {BATCH_STEPS_MAX} steps, has {length}")
}
