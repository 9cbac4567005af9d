//! Planted bug: the compensation writes back the count that the action had read.
//!
//! That erases the likes that other users made between the action and its compensation. The product's compensation
//! subtracts the delta instead.

use crate::names::USER;
use std::sync::Arc;

use async_trait::async_trait;
use likewise::{article::ArticleEffect, service::Parts};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{Sql, StoreError, Tx},
};
use serde_json::Value;

use crate::parts::{LikeParts, product};
use crate::{Action, operation, with_blocked};
use likewise_world::{
    SystemParts,
    plan::{Fault, Host, MessageKind, MessagePoint, Plan},
    planted::{Change, PlantedBug},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "absolute-undo",
    about: "the compensation writes back the count it read earlier: it erases other users' likes",
    caught_by: &["count-is-deltas", "likes-equal-records"],
    change: Change::own(parts),
    plan,
};

/// The parts of the product, one of them replaced.
fn parts() -> Box<dyn SystemParts> {
    LikeParts::boxed(Parts {
        article: Arc::new(AbsoluteUndo),
        ..product()
    })
}

/// One user's like must be compensated. Another user's like commits between its action and its compensation.
///
/// The compensation writes the count from before both, so the other user's like is no longer counted.
fn plan() -> Plan {
    let first_record = MessagePoint::request(Host::COORDINATOR, USER, MessageKind::DO, 1);
    let plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 100))
        .with_fault(first_record, Fault::Delay { millis: 300 });
    with_blocked(plan, &[1])
}

static WRITE_BACK: Sql = Sql {
    name: "write-back",
    sqlite: "UPDATE articles SET likes = $2 WHERE id = $1",
    postgres: "UPDATE articles SET likes = $2 WHERE id = $1",
};

/// The product's action, which also stores the count before it as undo data, and the wrong compensation.
struct AbsoluteUndo;

#[async_trait]
impl Effect for AbsoluteUndo {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let mut verdicts = ArticleEffect.act(tx, actions).await?;
        for verdict in &mut verdicts {
            if let Verdict::Done { result, undo_data } = verdict {
                let (reply, mut stored): (Value, Value) = (result.read()?, undo_data.read()?);
                let before = number(&reply, "likes")? - number(&stored, "delta")?;
                stored["before"] = before.into();
                *undo_data = stored.into();
            }
        }
        Ok(verdicts)
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        for undo_data in undo_data {
            let stored: Value = undo_data.read()?;
            let args = [
                number(&stored, "article_id")?.into(),
                number(&stored, "before")?.into(),
            ];
            tx.execute(&WRITE_BACK, args).await?;
        }
        Ok(())
    }
}

/// Reads an integer field of a JSON document.
fn number(value: &Value, name: &str) -> Result<i64, StoreError> {
    value[name]
        .as_i64()
        .ok_or_else(|| StoreError::Invariant(format!("{name} is missing")))
}
