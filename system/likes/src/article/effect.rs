//! What the article service's step does: change a count by a delta.
//!
//! A count is never set to a value. Deltas commute, so concurrent likes and compensations of one article need no
//! order among each other. A batch makes one change per article, however many likes it brings, and every like still gets
//! its own running count.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use likewise_saga::{
    participant::{ActionColumns, Effect, SingleStatement, Verdict},
    protocol::{Document, Op, StepRequest},
    store::{Batch, PostgresStatement, Row, Sql, StoreError, Tx, postgres_statement, sql},
};
use serde::{Deserialize, Serialize};

use super::count_batch;
use crate::{id::ArticleId, refusal::RefusalCode};

static ACT: PostgresStatement = postgres_statement!("article_act");
static ACT_ONE: PostgresStatement = postgres_statement!("article_act_one");
static COUNT: Sql = sql!("article_count");
static LOCK: Sql = sql!("article_lock");

/// The arguments of a step. They are also its undo data: the compensation subtracts the same delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountArgs {
    /// The article whose count changes.
    pub article_id: ArticleId,
    /// The change: 1 for a like, −1 for an unlike.
    pub delta: i64,
}

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountResult {
    /// The article's count after this step.
    pub likes: i64,
}

/// Changes like counts by deltas.
#[derive(Debug, Clone, Copy, Default)]
pub struct ArticleEffect;

#[async_trait]
impl Effect for ArticleEffect {
    async fn predict(
        &self,
        tx: &mut Tx<'_>,
        requests: &[&StepRequest],
    ) -> Result<Vec<Option<Verdict>>, StoreError> {
        let args = read_args(requests);
        // Also locks the articles of compensations. Every transaction locks articles before barrier rows, so
        // that two of them cannot deadlock.
        let mut counts = lock(tx, args.iter().flatten()).await?;
        let verdicts = requests.iter().zip(args).map(|(request, args)| {
            let is_action = request.op == Op::Do;
            is_action.then(|| verdict(args, &mut counts))
        });
        Ok(verdicts.collect())
    }

    fn single_statement(&self, actions: &[&StepRequest]) -> Option<SingleStatement> {
        let mut actions = readable(read_args(actions));
        count_batch::sort(&mut actions);
        let columns = count_batch::columns(&actions);
        Some(SingleStatement {
            statement: match columns {
                ActionColumns::One(_) => &ACT_ONE,
                ActionColumns::Many { .. } => &ACT,
            },
            action_indices: actions.iter().map(|(index, _)| *index).collect(),
            columns,
            results: Vec::new(),
        })
    }

    /// The arguments. The count in the result depends on the likes before it, so it is stored.
    fn undo_data(&self, action: &StepRequest) -> Option<Document> {
        let args: CountArgs = action.args.read().ok()?;
        Some(Document::of(&args))
    }

    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let args = read_args(actions);
        let totals = totals(args.iter().flatten());
        let mut counts = change(tx, &totals).await?;
        // Back to the counts before the batch: `verdict` adds each delta again, in the order of the batch. So each
        // like gets the count that it would have got alone.
        for (article, count) in &mut counts {
            *count -= totals[article];
        }
        Ok(args
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
            Some(article) => Err(StoreError::Invariant(format!(
                "article {article} is missing, its count cannot be compensated"
            ))),
        }
    }
}

/// Applies one delta to the counts in memory. An article without a count does not exist.
fn verdict(args: Option<CountArgs>, counts: &mut BTreeMap<ArticleId, i64>) -> Verdict {
    let Some(args) = args else {
        return RefusalCode::UnreadableArguments.into();
    };
    let Some(count) = counts.get_mut(&args.article_id) else {
        return RefusalCode::ArticleNotFound.into();
    };
    *count += args.delta;
    Verdict::Done {
        result: Document::of(&CountResult { likes: *count }),
        undo_data: Document::of(&args),
    }
}

/// The arguments of each request; `None` if they cannot be read.
fn read_args(requests: &[&StepRequest]) -> Vec<Option<CountArgs>> {
    let args = |request: &&StepRequest| request.args.read().ok();
    requests.iter().map(args).collect()
}

/// The arguments that could be read, with their indices.
fn readable(args: Vec<Option<CountArgs>>) -> Vec<(usize, CountArgs)> {
    let indexed = args.into_iter().enumerate();
    indexed
        .filter_map(|(index, args)| Some((index, args?)))
        .collect()
}

/// Locks these articles until the end of the transaction, and reads their counts.
async fn lock(
    tx: &mut Tx<'_>,
    args: impl Iterator<Item = &CountArgs>,
) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
    let articles: BTreeSet<i64> = args.map(|args| args.article_id.0).collect();
    let articles = Batch::default().ints("id", articles);
    let rows = tx.rows(&LOCK, [articles.into()]).await?;
    counts(&rows)
}

fn counts(rows: &[Row]) -> Result<BTreeMap<ArticleId, i64>, StoreError> {
    rows.iter()
        .map(|row| Ok((ArticleId(row.int(0)?), row.int(1)?)))
        .collect()
}

/// The sum of the deltas of each article.
fn totals<'a>(changes: impl IntoIterator<Item = &'a CountArgs>) -> BTreeMap<ArticleId, i64> {
    let mut totals = BTreeMap::new();
    for change in changes {
        *totals.entry(change.article_id).or_default() += change.delta;
    }
    totals
}

/// Adds a delta to each count. Returns the new counts of the articles that exist.
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
