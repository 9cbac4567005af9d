//! A compensation or seal that finds no row leaves no tombstone: the late action then takes effect.
//!
//! The tombstone is written by a request that had nothing to do, so it is easily left out as an optimisation.

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
use crate::world::plan::{
    Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan, Side, Trigger,
};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "no-tombstone",
    about: "a compensation that finds nothing to take back leaves no trace: the late action then takes effect",
    caught_by: &["likes-equal-records", "undo-first-holds"],
    kit: || KitParts {
        barrier: Arc::new(NoTombstone),
        ..KitParts::default()
    },
    plan,
};

/// The first request for the record is held back until long after the saga was sealed and undone. A partition stops its
/// retries.
///
/// When it arrives, nothing says that its saga has ended, so it makes a record that no count knows of.
fn plan() -> Plan {
    let record = |side| MessagePoint {
        from: Host::COORDINATOR,
        to: USER,
        what: Some(MessageKind::DO),
        saga: None,
        nth: 1,
        every: None,
        side,
    };
    let cut_off = Fault::Partition {
        a: Host::COORDINATOR,
        b: USER,
        millis: 3_500,
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(
            Trigger::Message(record(Side::Before)),
            Fault::Delay { millis: 8_000 },
        )
        .with_fault(Trigger::Message(record(Side::Before)), cut_off)
}

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
