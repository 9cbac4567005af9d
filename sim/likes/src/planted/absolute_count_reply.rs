//! Planted bug: the count in a reply comes from a value that the service keeps in memory.
//!
//! Compensations do not update that value. So after a compensated like the reply to the next one is too high.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use likewise::{
    article::{ArticleEffect, CountArgs, CountResult},
    service::Parts,
};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{StoreError, Tx},
};

use crate::parts::{LikeParts, product};
use crate::{Action, operation, with_blocked};
use likewise_world::{
    SystemParts,
    plan::Plan,
    planted::{Change, PlantedBug},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "absolute-count-reply",
    about: "the reply's count comes from a stale value in memory: the article never had that count",
    caught_by: &["told-count-was-there"],
    change: Change::own(parts),
    plan,
};

/// The parts of the product, one of them replaced.
fn parts() -> Box<dyn SystemParts> {
    LikeParts::boxed(Parts {
        article: Arc::new(AbsoluteCountReply::default()),
        ..product()
    })
}

/// One user's like is compensated, then another user likes the same article.
///
/// The value in memory still has the compensated like, so the second user is told a count that the article never had.
fn plan() -> Plan {
    let plan = Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(2, Action::Like, 1, 500));
    with_blocked(plan, &[1])
}

/// The product's effect, with the reply's count replaced. The map holds the last known count of each article.
#[derive(Default)]
struct AbsoluteCountReply(Mutex<BTreeMap<i64, i64>>);

impl AbsoluteCountReply {
    /// Adds the step's delta to the count in memory and returns the sum.
    ///
    /// The first step on an article takes the true count from its result, so that only compensations cause the error.
    fn remembered(&self, verdict: &Verdict) -> Option<i64> {
        let Verdict::Done { result, undo_data } = verdict else {
            return None;
        };
        let undo_data: CountArgs = undo_data.read().ok()?;
        let reply: CountResult = result.read().ok()?;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(undo_data.article_id.0);
        let count = count.or_insert(reply.likes - undo_data.delta);
        *count += undo_data.delta;
        Some(*count)
    }
}

#[async_trait]
impl Effect for AbsoluteCountReply {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let mut verdicts = ArticleEffect.act(tx, actions).await?;
        for verdict in &mut verdicts {
            if let Some(likes) = self.remembered(verdict)
                && let Verdict::Done { result, .. } = verdict
            {
                *result = Document::of(&CountResult { likes });
            }
        }
        Ok(verdicts)
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        ArticleEffect.compensate(tx, undo_data).await
    }
}
