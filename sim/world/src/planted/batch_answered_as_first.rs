//! A whole batch of steps is answered with the reply to its first one.
//!
//! The batch is one transaction, so one reply seems to be enough. But each step has an outcome of its own: one may be refused
//! while the others are done.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{StepReply, StepRequest},
    service::KitParts,
    store::{StoreError, Tx},
    time::Timestamp,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "batch-answered-as-first",
    about: "a whole batch is answered with the reply to its first step: what was done is taken for refused, or the other way round",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(AnsweredAsFirst),
        ..product()
    }),
};

struct AnsweredAsFirst;

#[async_trait]
impl Barrier for AnsweredAsFirst {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let mut replies = SqlBarrier.apply(tx, effect, now, batch).await?;
        if let Some(first) = replies.first().cloned() {
            replies.fill(first);
        }
        Ok(replies)
    }
}
