//! A seal tombstones its step without checking whether the action has run.
//!
//! The reply `Dead` is a promise that the action never had an effect. The coordinator believes it and skips the
//! compensation.

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
    name: "blind-seal",
    about: "a seal says 'it never ran' without looking: what had run is never taken back",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(BlindSeal),
        ..product()
    }),
};

struct BlindSeal;

#[async_trait]
impl Barrier for BlindSeal {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let mut replies = SqlBarrier.apply(tx, effect, now, batch).await?;
        for (request, reply) in batch.iter().zip(&mut replies) {
            if request.op == Op::Seal {
                *reply = StepReply::Dead;
            }
        }
        Ok(replies)
    }
}
