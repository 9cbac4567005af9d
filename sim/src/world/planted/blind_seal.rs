//! A seal tombstones its step without checking whether the action has run.
//!
//! The reply `Dead` is a promise that the action never had an effect. The coordinator believes it and skips the
//! compensation.

use crate::likes::names::USER;
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
    name: "blind-seal",
    about: "a seal says 'it never ran' without looking: what had run is never taken back",
    caught_by: &["likes-equal-records", "compensated-is-none-done"],
    kit: || KitParts {
        barrier: Arc::new(BlindSeal),
        ..KitParts::default()
    },
    plan,
};

/// The record is made, its replies are lost until the deadline, and then the step is sealed.
///
/// The count is compensated and the record is not, so they differ.
fn plan() -> Plan {
    let every_reply = MessagePoint {
        every: Some(1),
        ..MessagePoint::reply(Host::COORDINATOR, USER, MessageKind::DO, 1)
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(every_reply, Fault::LoseReply)
}

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
