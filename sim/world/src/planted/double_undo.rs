//! The compensation has no barrier: a repeat subtracts twice.
//!
//! The product's barrier moves the row to `Undone` only if it was `Done`. This one takes the undo data whatever the
//! state is.

use std::sync::Arc;

use async_trait::async_trait;
use likewise_saga::{
    participant::{Barrier, Effect, SqlBarrier},
    protocol::{Document, Op, StepReply, StepRequest},
    service::KitParts,
    store::{Sql, StoreError, Tx},
    time::Timestamp,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "double-undo",
    about: "the compensation has no barrier: retried, it subtracts twice",
    change: Change::Kit(|| KitParts {
        barrier: Arc::new(DoubleUndo),
        ..product()
    }),
};

static TAKE_BACK: Sql = Sql {
    name: "take-back",
    sqlite: "UPDATE barrier SET state = 2 WHERE saga = $1 AND step = $2 AND kept IS NOT NULL RETURNING kept",
    postgres: "UPDATE barrier SET state = 2 WHERE saga = $1::uuid AND step = $2 AND kept IS NOT NULL RETURNING kept",
};

struct DoubleUndo;

#[async_trait]
impl Barrier for DoubleUndo {
    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let mut replies = Vec::new();
        for request in batch {
            if request.op == Op::Undo {
                let step = i64::try_from(request.step).unwrap_or(i64::MAX);
                let rows = tx
                    .rows(&TAKE_BACK, [request.saga.to_string().into(), step.into()])
                    .await?;
                let kept: Vec<Document> = rows
                    .iter()
                    .map(|row| row.json(0))
                    .collect::<Result<_, _>>()?;
                if !kept.is_empty() {
                    effect.compensate(tx, &kept).await?;
                    replies.push(StepReply::Undone);
                    continue;
                }
            }
            replies.extend(
                SqlBarrier
                    .apply(tx, effect, now, std::slice::from_ref(request))
                    .await?,
            );
        }
        Ok(replies)
    }
}
