//! The count in a reply comes from a value that the service keeps in memory. Compensations do not
//! reach it.

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

use crate::world::{
    plan::{Action, Operation, Plan},
    planted::PlantedBug,
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "absolute-count-reply",
    about: "the reply's count comes from a stale local value: it tells a number that never was",
    caught_by: &["told-count-was-there"],
    parts: || Parts {
        article: Arc::new(AbsoluteCountReply::default()),
        ..Parts::default()
    },
    plan,
};

/// One user's like is compensated, then another user likes.
fn plan() -> Plan {
    let mut plan = Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_operation(Operation::new(2, Action::Like, 1, 500));
    plan.blocked_users = vec![1];
    plan
}

#[derive(Default)]
struct AbsoluteCountReply(Mutex<BTreeMap<i64, i64>>);

impl AbsoluteCountReply {
    /// The count as far as this service remembers it.
    fn remembered(&self, verdict: &Verdict) -> Option<i64> {
        let Verdict::Done { result, undo_data } = verdict else {
            return None;
        };
        let undo_data: CountArgs = undo_data.read().ok()?;
        let told: CountResult = result.read().ok()?;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(undo_data.article_id.0);
        let count = count.or_insert(told.likes - undo_data.delta);
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
