//! Barrier rows are deleted by the clock: an old duplicate counts as new.
//!
//! No time-out bounds how late a message arrives. So rows may only be deleted below a watermark that no open saga and
//! no accepted message can fall behind.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{StepReply, StepRequest},
    service::KitParts,
    store::{Sql, StoreError, Tx},
    time::Timestamp,
};

use super::{Change, KitBug, product};

/// How long a row is kept, in microseconds.
const KEPT_MICROS: i64 = 5_000_000;

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "early-gc",
    about: "barrier rows are deleted by the clock: an old duplicate is new again",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(EarlyGc),
        ..product()
    }),
};

static COLLECT: Sql = Sql {
    name: "collect-barrier",
    sqlite: "DELETE FROM barrier WHERE created_at < $1",
    postgres: "DELETE FROM barrier WHERE created_at < $1",
};

struct EarlyGc;

#[async_trait]
impl Barrier for EarlyGc {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let before = now.0.saturating_sub(KEPT_MICROS);
        tx.execute(&COLLECT, [before.into()]).await?;
        SqlBarrier.apply(tx, effect, now, batch).await
    }
}
