//! Planted bug: the action reads the count, adds one in memory and saves the row.
//!
//! This is the lost update: two actions that read before either has saved both save the same number. Transactions do
//! not overlap in the simulator, so the steps of one batch show it. The product's statement adds the delta in the
//! database.

use crate::names::ARTICLE;
use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use likewise::{
    article::{ArticleEffect, CountArgs, CountResult},
    id::ArticleId,
    service::Parts,
};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{Document, StepRequest},
    store::{Sql, StoreError, Tx},
};

use crate::parts::{LikeParts, product};
use crate::{Action, operation};
use likewise_world::{
    SystemParts,
    plan::{Fault, Plan, Trigger},
    planted::{Change, PlantedBug},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "read-modify-write",
    about: "the action reads the count, adds one in memory and saves the row: an update is lost",
    caught_by: &["count-is-deltas", "likes-equal-records"],
    change: Change::own(parts),
    plan,
};

/// The parts of the product, one of them replaced.
fn parts() -> Box<dyn SystemParts> {
    LikeParts::boxed(Parts {
        article: Arc::new(ReadModifyWrite),
        ..product()
    })
}

/// Four users like one article. The database is slow, so that the last two likes wait and share a batch.
///
/// Both read the same count and save the same number, so one of them is not counted.
fn plan() -> Plan {
    let slow = Fault::SlowDatabase {
        host: ARTICLE,
        extra_millis: 200,
        millis: 1_000,
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(4, Action::Like, 1, 20))
        .with_operation(operation(2, Action::Like, 1, 100))
        .with_operation(operation(3, Action::Like, 1, 100))
        .with_fault(Trigger::At { millis: 0 }, slow)
}

static LOAD: Sql = Sql {
    name: "load-article",
    sqlite: "SELECT likes FROM articles WHERE id = $1",
    postgres: "SELECT likes FROM articles WHERE id = $1",
};
static SAVE: Sql = Sql {
    name: "save-article",
    sqlite: "UPDATE articles SET likes = $2 WHERE id = $1",
    postgres: "UPDATE articles SET likes = $2 WHERE id = $1",
};

/// The wrong action with the product's compensation.
struct ReadModifyWrite;

#[async_trait]
impl Effect for ReadModifyWrite {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        // One read for each article and batch: every step of the batch adds to the same old value.
        let mut loaded: BTreeMap<ArticleId, i64> = BTreeMap::new();
        let mut verdicts = Vec::new();
        for action in actions {
            let args = action.args.read::<CountArgs>()?;
            let likes = match loaded.get(&args.article_id) {
                Some(likes) => *likes,
                None => load(tx, args.article_id).await?,
            };
            loaded.insert(args.article_id, likes);
            let likes = likes + args.delta;
            tx.execute(&SAVE, [args.article_id.0.into(), likes.into()])
                .await?;
            verdicts.push(Verdict::Done {
                result: Document::of(&CountResult { likes }),
                undo_data: Document::of(&args),
            });
        }
        Ok(verdicts)
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        ArticleEffect.compensate(tx, undo_data).await
    }
}

/// Reads the count of an article.
async fn load(tx: &mut Tx<'_>, article: ArticleId) -> Result<i64, StoreError> {
    match tx.rows(&LOAD, [article.0.into()]).await?.first() {
        Some(row) => row.int(0),
        None => Err(StoreError::Invariant(format!(
            "there is no article {article}"
        ))),
    }
}
