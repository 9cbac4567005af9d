//! What the open sagas have done so far: by how much the counts of their articles may differ from the records.

use std::collections::BTreeMap;

use super::{
    AuditDatabases, AuditError, StepFound,
    tables::{SagaPages, StepRows},
};
use crate::{article, id::ArticleId};

/// The open sagas of one article.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OpenEffect {
    /// By how much the count is ahead of the records.
    pub(super) ahead: i64,
    pub(super) sagas: u64,
}

/// The open sagas of every article. There are as many as the admission limit and the parked sagas allow, so they fit
/// into memory.
pub(super) struct OpenEffects(BTreeMap<ArticleId, OpenEffect>);

impl OpenEffects {
    /// Reads the open sagas and their steps.
    pub(super) async fn read(databases: &AuditDatabases) -> Result<Self, AuditError> {
        let mut effects: BTreeMap<ArticleId, OpenEffect> = BTreeMap::new();
        let mut pages = SagaPages::open();
        loop {
            let sagas = pages.next(&databases.coordinator).await?;
            if sagas.is_empty() {
                return Ok(Self(effects));
            }
            let rows = StepRows::of(databases, &sagas).await?;
            for saga in &sagas {
                // One that cannot be read is a difference of its own.
                let Some(content) = &saga.content else {
                    continue;
                };
                let effect = effects.entry(content.count.article_id).or_default();
                effect.sagas += 1;
                for (index, step) in content.steps.iter().enumerate() {
                    if rows.found(step.service, saga.id, index) != StepFound::Done {
                        continue;
                    }
                    // The record changes by as much as the count.
                    effect.ahead += match step.service == article::SERVICE {
                        true => content.count.delta,
                        false => -content.count.delta,
                    };
                }
            }
        }
    }

    /// The open sagas of an article.
    pub(super) fn of(&self, article: ArticleId) -> OpenEffect {
        self.0.get(&article).copied().unwrap_or_default()
    }
}
