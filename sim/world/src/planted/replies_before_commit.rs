//! The replies to a batch are remembered before its commit. If one item makes the commit fail, the service tries parts of the
//! batch, and finds every reply remembered: all steps are said to be done, and none is.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{Op, StepKey, StepReply, StepRequest},
    service::KitParts,
    store::{StoreError, Tx},
    time::Timestamp,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "replies-before-commit",
    about: "replies are remembered before the commit: if one item of a batch fails, the repeat says that all are done",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(RepliesBeforeCommit::default()),
        ..product()
    }),
};

/// The replies to actions, until something else is asked about the step.
#[derive(Default)]
struct RepliesBeforeCommit(Mutex<BTreeMap<(StepKey, i64), StepReply>>);

impl RepliesBeforeCommit {
    /// The replies to a batch of actions that are all remembered.
    fn remembered(&self, batch: &[StepRequest]) -> Option<Vec<StepReply>> {
        let replies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = |step: &StepRequest| replies.get(&(step.key(), step.fingerprint)).cloned();
        let all_actions = batch.iter().all(|step| step.op == Op::Do);
        all_actions.then(|| batch.iter().map(reply).collect())?
    }

    fn remember(&self, batch: &[StepRequest], replies: &[StepReply]) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (step, reply) in batch.iter().zip(replies) {
            match step.op {
                Op::Do => drop(remembered.insert((step.key(), step.fingerprint), reply.clone())),
                Op::Undo | Op::Seal => remembered.retain(|(key, _), _| *key != step.key()),
            }
        }
    }
}

#[async_trait]
impl Barrier for RepliesBeforeCommit {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        if let Some(replies) = self.remembered(batch) {
            return Ok(replies);
        }
        let replies = SqlBarrier.apply(tx, effect, now, batch).await?;
        self.remember(batch, &replies);
        Ok(replies)
    }
}
