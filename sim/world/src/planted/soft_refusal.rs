//! A refusal is rolled back together with its barrier row: a later repeat may be accepted.
//!
//! It is what happens if a service rolls back its transaction whenever a rule refuses, which looks tidy. A refusal
//! must be as durable as an effect, because the saga decides by it.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{StepReply, StepRequest},
    service::KitParts,
    store::{Sql, StoreError, Tx},
    time::Timestamp,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "soft-refusal",
    about: "a business refusal is rolled back with its barrier row: asked again later it says yes",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(SoftRefusal),
        ..product()
    }),
};

static BEGIN: Sql = Sql {
    name: "begin-request",
    sqlite: "SAVEPOINT request",
    postgres: "SAVEPOINT request",
};
static ROLL_BACK: Sql = Sql {
    name: "roll-request-back",
    sqlite: "ROLLBACK TO request",
    postgres: "ROLLBACK TO request",
};
static END: Sql = Sql {
    name: "end-request",
    sqlite: "RELEASE request",
    postgres: "RELEASE SAVEPOINT request",
};

struct SoftRefusal;

#[async_trait]
impl Barrier for SoftRefusal {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let mut replies = Vec::new();
        for request in batch {
            tx.execute(&BEGIN, []).await?;
            let one = std::slice::from_ref(request);
            let reply = SqlBarrier.apply(tx, effect, now, one).await?;
            if matches!(reply[..], [StepReply::Refused { .. }]) {
                tx.execute(&ROLL_BACK, []).await?;
            }
            tx.execute(&END, []).await?;
            replies.extend(reply);
        }
        Ok(replies)
    }
}
