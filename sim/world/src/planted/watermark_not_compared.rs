//! A service deletes the rows below the watermark, but does not compare a step with it.
//!
//! Without its row, a late duplicate looks like a step that never came. Only the watermark tells them apart.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_barrier::{BarrierState, Op};
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{StepReply, StepRequest},
    service::KitParts,
    store::{Sql, StoreError, Tx},
    time::Timestamp,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "watermark-not-compared",
    about: "a service deletes the rows below the watermark, but a step from below acts as if it were new",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(NotCompared),
        ..product()
    }),
};

static INSERT: Sql = Sql::sqlite_only(
    "insert-below",
    "INSERT INTO barrier (saga, step, state, fingerprint, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
);

struct NotCompared;

#[async_trait]
impl Barrier for NotCompared {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let replies = SqlBarrier.apply(tx, effect, now, batch).await?;
        for (request, reply) in batch.iter().zip(&replies) {
            if request.op == Op::Do && matches!(reply, StepReply::Stale) {
                let args = [
                    request.saga.to_string().into(),
                    i64::try_from(request.step).unwrap_or(i64::MAX).into(),
                    BarrierState::Done.code().into(),
                    request.fingerprint.into(),
                    now.0.into(),
                ];
                // Nobody waits for the reply to a late duplicate.
                if tx.execute(&INSERT, args).await? == 1 {
                    effect.act(tx, &[request]).await?;
                }
            }
        }
        Ok(replies)
    }
}
