//! Barrier rows are deleted by the clock: an old duplicate counts as new.
//!
//! No time-out bounds how late a message arrives. So rows may only be deleted below a watermark that no open saga and
//! no accepted message can fall behind.

use crate::likes::names::ARTICLE;
use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{StepReply, StepRequest},
    service::KitParts,
    store::{Sql, StoreError, Tx},
    time::Timestamp,
};

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

/// How long a row is kept, in microseconds.
const KEPT_MICROS: i64 = 5_000_000;

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "early-gc",
    about: "barrier rows are deleted by the clock: an old duplicate is new again",
    caught_by: &["no-done-after-tomb", "likes-equal-records"],
    kit: || KitParts {
        barrier: Arc::new(EarlyGc),
        ..KitParts::default()
    },
    plan,
};

/// A copy of the first action arrives long after the end of its saga.
///
/// Its row is gone by then, so the copy counts the like a second time.
fn plan() -> Plan {
    let count = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1);
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(count, Fault::ReplayLate { millis: 8_000 })
}

static COLLECT: Sql = Sql {
    name: "collect-barrier",
    sqlite: "DELETE FROM barrier WHERE created_at < $1",
    postgres: "DELETE FROM barrier WHERE created_at < $1",
};

struct EarlyGc;

#[async_trait]
impl Barrier for EarlyGc {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let before = now.0.saturating_sub(KEPT_MICROS);
        tx.execute(&COLLECT, [before.into()]).await?;
        SqlBarrier.apply(tx, effect, now, batch).await
    }
}
