//! A compensation or seal that finds no row leaves no tombstone: the late action then takes effect.
//!
//! The tombstone is written by a request that had nothing to do, so it is easily left out as an optimisation.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{Op, StepReply, StepRequest},
    service::KitParts,
    store::{StoreError, Tx},
    time::Timestamp,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "no-tombstone",
    about: "a compensation that finds nothing to take back leaves no trace: the late action then takes effect",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(NoTombstone),
        ..product()
    }),
};

struct NoTombstone;

#[async_trait]
impl Barrier for NoTombstone {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let mut replies = Vec::new();
        for request in batch {
            let stored = super::barrier_state(tx, request).await?;
            match (request.op, stored) {
                (Op::Undo, None) => replies.push(StepReply::Undone),
                (Op::Seal, None) => replies.push(StepReply::Dead),
                _ => replies.extend(
                    SqlBarrier
                        .apply(tx, effect, now, std::slice::from_ref(request))
                        .await?,
                ),
            }
        }
        Ok(replies)
    }
}
