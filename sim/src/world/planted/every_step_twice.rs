//! The control: odd but correct. Every step is applied twice in its transaction, and the second reply is sent. The checks
//! must not report it.
//!
//! A control shows that the checks do not simply report everything that is unusual.

use crate::likes::names::ARTICLE;
use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{StepReply, StepRequest},
    service::KitParts,
    store::{StoreError, Tx},
    time::Timestamp,
};

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "every-step-twice",
    about: "the control: every step is applied twice, which is odd and right, and must not be caught",
    caught_by: &[],
    kit: || KitParts {
        barrier: Arc::new(EveryStepTwice),
        ..KitParts::default()
    },
    plan,
};

/// A like that must be compensated, with a repeated compensation.
///
/// It has an action, a refusal, a compensation, and a repeat of the compensation.
fn plan() -> Plan {
    let undo = MessagePoint::reply(Host::COORDINATOR, ARTICLE, MessageKind::UNDO, 1);
    let mut plan = Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_operation(Operation::new(2, Action::Like, 1, 0))
        .with_fault(undo, Fault::LoseReply);
    plan.blocked_users = vec![1];
    plan
}

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
