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
    /// Those that cannot be read included.
    pub(super) sagas: u64,
}

/// The open sagas of every article. There are as many as the admission limit and the parked sagas allow, so they fit
/// into memory.
pub(super) struct OpenEffects {
    effects: BTreeMap<ArticleId, OpenEffect>,
    /// Open sagas that cannot be read. Each may be of any article, so no count is certain while there is one.
    unreadable: u64,
}

impl OpenEffects {
    /// Reads the open sagas and their steps.
    pub(super) async fn read(databases: &AuditDatabases) -> Result<Self, AuditError> {
        let mut effects: BTreeMap<ArticleId, OpenEffect> = BTreeMap::new();
        let mut unreadable = 0;
        let mut pages = SagaPages::open();
        loop {
            let sagas = pages.next(&databases.coordinator).await?;
            if sagas.is_empty() {
                return Ok(Self {
                    effects,
                    unreadable,
                });
            }
            let rows = StepRows::of(databases, &sagas).await?;
            for saga in &sagas {
                let Some(content) = &saga.content else {
                    unreadable += 1;
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
        let effect = self.effects.get(&article).copied().unwrap_or_default();
        OpenEffect {
            sagas: effect.sagas + self.unreadable,
            ..effect
        }
    }
}
