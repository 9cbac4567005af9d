//! The action has no barrier: a repeat counts twice.
//!
//! A retry after a lost reply is the ordinary case, so this is the first mistake of a saga without idempotent steps.

use crate::likes::names::ARTICLE;
use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{Op, StepReply, StepRequest},
    service::KitParts,
    store::{StoreError, Tx},
    time::Timestamp,
};

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "double-do",
    about: "the action has no barrier: retried, it counts twice",
    caught_by: &[
        "count-is-deltas",
        "likes-equal-records",
        "repeats-change-nothing",
    ],
    kit: || KitParts {
        barrier: Arc::new(DoubleDo),
        ..KitParts::default()
    },
    plan,
};

/// The reply of the first action is lost, so the action is repeated.
///
/// The repeat finds the row of the first one, and the action runs beside it once more: two are counted, and one
/// record exists.
fn plan() -> Plan {
    let count = MessagePoint::reply(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1);
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(count, Fault::LoseReply)
}

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
