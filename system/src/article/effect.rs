//! What the article service's steps do: change a count by a delta, never set it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    barrier::{Effect, Verdict},
    id::ArticleId,
    saga::StepRequest,
    store::{Arg, Sql, StoreError, Tx, sql},
};

static COUNT: Sql = sql!("article_count");

/// The arguments of a step, and what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountArgs {
    /// Whose count.
    pub article_id: ArticleId,
    /// By how much: 1 for a like, −1 for an unlike.
    pub delta: i64,
}

/// Changes counts by deltas.
#[derive(Debug, Clone, Copy, Default)]
pub struct ArticleEffect;

#[async_trait]
impl Effect for ArticleEffect {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let wanted: Vec<Option<CountArgs>> = actions
            .iter()
            .map(|action| CountArgs::deserialize(&action.args).ok())
            .collect();
        let totals = totals(wanted.iter().flatten());
        let mut counts = change(tx, &totals).await?;
        // Each like is told the count as if it had come alone, in the batch's order.
        for (article, count) in &mut counts {
            *count -= totals[article];
        }
        Ok(wanted
            .into_iter()
            .map(|args| verdict(args, &mut counts))
            .collect())
    }

    async fn take_back(&self, tx: &mut Tx<'_>, kept: &[Value]) -> Result<(), StoreError> {
        let done: Vec<CountArgs> = kept
            .iter()
            .map(CountArgs::deserialize)
            .collect::<Result<_, _>>()?;
        let totals = totals(&done)
            .into_iter()
            .map(|(article, delta)| (article, -delta))
            .collect();
        let counts = change(tx, &totals).await?;
        match totals.keys().find(|article| !counts.contains_key(article)) {
            None => Ok(()),
            Some(article) => Err(StoreError::Broken(format!(
                "article {article} is gone, its count cannot be taken back"
            ))),
        }
    }
}

fn verdict(args: Option<CountArgs>, counts: &mut BTreeMap<ArticleId, i64>) -> Verdict {
    let Some(args) = args else {
        return Verdict::Refused {
            code: "unreadable_arguments",
        };
    };
    let Some(count) = counts.get_mut(&args.article_id) else {
        return Verdict::Refused {
            code: "article_not_found",
        };
    };
    *count += args.delta;
    Verdict::Done {
        result: json!({ "likes": *count }),
        kept: json!(args),
    }
}

fn totals<'a>(changes: impl IntoIterator<Item = &'a CountArgs>) -> BTreeMap<ArticleId, i64> {
    let mut totals = BTreeMap::new();
    for change in changes {
        *totals.entry(change.article_id).or_default() += change.delta;
    }
    totals
}

/// Changes the counts and returns the new ones of the articles that exist.
async fn change(
    tx: &mut Tx<'_>,
    totals: &BTreeMap<ArticleId, i64>,
) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
    let changes: Vec<CountArgs> = totals
        .iter()
        .map(|(article_id, delta)| CountArgs {
            article_id: *article_id,
            delta: *delta,
        })
        .collect();
    let rows = tx.rows(&COUNT, [Arg::json(&changes)?]).await?;
    rows.iter()
        .map(|row| Ok((ArticleId(row.int(0)?), row.int(1)?)))
        .collect()
}
