//! The action has no barrier: a repeat counts twice.
//!
//! A retry after a lost reply is the ordinary case, so this is the first mistake of a saga without idempotent steps.

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
    name: "double-do",
    about: "the action has no barrier: retried, it counts twice",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(DoubleDo),
        ..product()
    }),
};

struct DoubleDo;

#[async_trait]
impl Barrier for DoubleDo {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let mut replies = Vec::new();
        for request in batch {
            let known = super::barrier_state(tx, request).await?.is_some();
            let one = std::slice::from_ref(request);
            let reply = SqlBarrier.apply(tx, effect, now, one).await?;
            let repeated = known && request.op == Op::Do;
            if repeated && matches!(reply[..], [StepReply::Done { .. }]) {
                effect.act(tx, &[request]).await?;
            }
            replies.extend(reply);
        }
        Ok(replies)
    }
}
