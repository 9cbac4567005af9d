//! The control: odd but correct. Every step is applied twice in its transaction, and the second reply is sent. The checks
//! must not report it.
//!
//! A control shows that the checks do not simply report everything that is unusual.

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
    name: "every-step-twice",
    about: "the control: every step is applied twice, which is odd and right, and must not be caught",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(EveryStepTwice),
        ..product()
    }),
};

struct EveryStepTwice;

#[async_trait]
impl Barrier for EveryStepTwice {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let mut replies = Vec::new();
        for request in batch {
            let one = std::slice::from_ref(request);
            SqlBarrier.apply(tx, effect, now, one).await?;
            replies.extend(SqlBarrier.apply(tx, effect, now, one).await?);
        }
        Ok(replies)
    }
}
