//! What the article service's steps do: change a count by a delta, never set it.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::id::ArticleId;
use likewise_saga::{
    participant::{Effect, SingleStatement, Verdict},
    protocol::{Document, Op, StepRequest},
    store::{Batch, PostgresStatement, Row, Sql, StoreError, Tx, postgres_statement, sql},
};

static ACT: PostgresStatement = postgres_statement!("article_act");
static COUNT: Sql = sql!("article_count");
static LOCK: Sql = sql!("article_lock");

/// The arguments of a step, and what is kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountArgs {
    /// Whose count.
    pub article_id: ArticleId,
    /// By how much: 1 for a like, −1 for an unlike.
    pub delta: i64,
}

/// What a step returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The count as it is then.
    pub likes: i64,
}

/// Changes counts by deltas.
#[derive(Debug, Clone, Copy, Default)]
pub struct ArticleEffect;

#[async_trait]
impl Effect for ArticleEffect {
    async fn predict(
        &self,
        tx: &mut Tx<'_>,
        requests: &[&StepRequest],
    ) -> Result<Vec<Option<Verdict>>, StoreError> {
        let wanted = wanted(requests);
        // Those that compensations change too: everybody locks articles before barrier rows.
        let mut counts = lock(tx, wanted.iter().flatten()).await?;
        let verdicts = requests.iter().zip(wanted).map(|(request, args)| {
            let acts = request.op == Op::Do;
            acts.then(|| verdict(args, &mut counts))
        });
        Ok(verdicts.collect())
    }

    fn single_statement(&self, actions: &[&StepRequest]) -> Option<SingleStatement> {
        let (places, wanted) = readable(wanted(actions));
        Some(SingleStatement {
            statement: &ACT,
            undo_data: wanted.iter().map(Document::of).collect(),
            columns: Batch::default()
                .ints("article_id", wanted.iter().map(|args| args.article_id.0))
                .ints("delta", wanted.iter().map(|args| args.delta)),
            action_indices: places,
        })
    }

    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let wanted = wanted(actions);
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

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        let done: Vec<CountArgs> = undo_data
            .iter()
            .map(Document::read)
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
        result: Document::of(&Counted { likes: *count }),
        undo_data: Document::of(&args),
    }
}

fn wanted(requests: &[&StepRequest]) -> Vec<Option<CountArgs>> {
    let args = |request: &&StepRequest| request.args.read().ok();
    requests.iter().map(args).collect()
}

/// Those that could be read, with their places.
fn readable(wanted: Vec<Option<CountArgs>>) -> (Vec<usize>, Vec<CountArgs>) {
    let with_place = wanted.into_iter().enumerate();
    with_place
        .filter_map(|(place, args)| Some((place, args?)))
        .unzip()
}

/// Keeps others away from these articles' counts, and reads them.
async fn lock(
    tx: &mut Tx<'_>,
    wanted: impl Iterator<Item = &CountArgs>,
) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
    let articles: BTreeSet<i64> = wanted.map(|args| args.article_id.0).collect();
    let articles = Batch::default().ints("id", articles);
    let rows = tx.rows(&LOCK, [articles.into()]).await?;
    counts(&rows)
}

fn counts(rows: &[Row]) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
    rows.iter()
        .map(|row| Ok((ArticleId(row.int(0)?), row.int(1)?)))
        .collect()
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
    let changes = Batch::default()
        .ints("article_id", totals.keys().map(|article| article.0))
        .ints("delta", totals.values().copied());
    let rows = tx.rows(&COUNT, [changes.into()]).await?;
    counts(&rows)
}
