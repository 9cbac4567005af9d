//! What the user service's steps do: make a like record, or remove one so that it can be restored.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Pair, UserLikeRecord,
    store::{batch_of_pairs, batch_of_records, read_record},
};
use crate::{
    barrier::{Effect, Verdict, WholeAct},
    id::{ArticleId, UserId},
    saga::StepRequest,
    store::{AtOnce, Batch, Insert, Inserted, Sql, StoreError, Tx, at_once, insert, sql},
};

static ACT: AtOnce = at_once!("like_act");
static INSERT: Insert = insert!("like_insert");
static BLOCKED: Sql = sql!("like_blocked");
static DELETE_PAIR: Sql = sql!("like_delete_pair");
static DELETE_RECORD: Sql = sql!("like_delete_record");
static RESTORE: Sql = sql!("like_restore");

/// The arguments of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum LikeArgs {
    /// Make this record.
    Like(UserLikeRecord),
    /// Remove the record of this pair.
    Unlike {
        /// Who.
        user_id: UserId,
        /// What.
        article_id: ArticleId,
    },
}

/// What is kept of a step: the record that was made, or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Made(UserLikeRecord),
    Removed(UserLikeRecord),
}

/// Makes and removes like records.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserEffect;

#[async_trait]
impl Effect for UserEffect {
    async fn foresee(
        &self,
        _: &mut Tx<'_>,
        requests: &[&StepRequest],
    ) -> Result<Vec<Option<Verdict>>, StoreError> {
        let verdict = |request: &&StepRequest| match LikeArgs::deserialize(&*request.args).ok()? {
            LikeArgs::Like(record) => Some(done(&record, Kept::Made(record))),
            // Which record it is shows only when it is taken away.
            LikeArgs::Unlike { .. } => None,
        };
        Ok(requests.iter().map(verdict).collect())
    }

    fn at_once(&self, actions: &[&StepRequest]) -> Option<WholeAct> {
        let like =
            |(place, action): (usize, &&StepRequest)| match LikeArgs::deserialize(&*action.args)
                .ok()?
            {
                LikeArgs::Like(record) => Some((place, record)),
                LikeArgs::Unlike { .. } => None,
            };
        let likes = actions.iter().enumerate().filter_map(like);
        let (places, records): (Vec<_>, Vec<_>) = likes.unzip();
        Some(WholeAct {
            statement: &ACT,
            places,
            kept: records
                .iter()
                .map(|record| json!(Kept::Made(*record)).to_string())
                .collect(),
            columns: Batch::default()
                .texts(
                    "result",
                    records
                        .iter()
                        .map(|record| Some(result(record).to_string())),
                )
                .and(batch_of_records(&records)),
        })
    }

    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let wanted: Vec<Option<LikeArgs>> = actions
            .iter()
            .map(|action| LikeArgs::deserialize(&*action.args).ok())
            .collect();
        let mut likes = Vec::new();
        let mut unlikes = Vec::new();
        for args in wanted.iter().flatten() {
            match args {
                LikeArgs::Like(record) => likes.push(*record),
                LikeArgs::Unlike {
                    user_id,
                    article_id,
                } => unlikes.push(Pair {
                    user_id: *user_id,
                    article_id: *article_id,
                }),
            }
        }
        let made = make(tx, &likes).await?;
        let mut removed = remove(tx, &unlikes).await?;
        let verdict = |args: Option<LikeArgs>| match args {
            None => Verdict::Refused {
                code: "unreadable_arguments",
            },
            Some(LikeArgs::Like(record)) => made.verdict(&record),
            Some(LikeArgs::Unlike {
                user_id,
                article_id,
            }) => match removed.remove(&Pair {
                user_id,
                article_id,
            }) {
                None => Verdict::Refused { code: "not_liked" },
                Some(record) => done(&record, Kept::Removed(record)),
            },
        };
        Ok(wanted.into_iter().map(verdict).collect())
    }

    async fn take_back(&self, tx: &mut Tx<'_>, kept: &[Value]) -> Result<(), StoreError> {
        let mut made = Vec::new();
        let mut removed = Vec::new();
        for kept in kept {
            match Kept::deserialize(kept)? {
                Kept::Made(record) => made.push(record),
                Kept::Removed(record) => removed.push(record),
            }
        }
        let deleted = changed(tx, &DELETE_RECORD, &made).await?;
        let restored = changed(tx, &RESTORE, &removed).await?;
        if deleted != made.len() || restored != removed.len() {
            return Err(StoreError::Broken(format!(
                "of {} records to delete {deleted} were there, of {} to restore {restored} could be",
                made.len(),
                removed.len(),
            )));
        }
        Ok(())
    }
}

fn done(record: &UserLikeRecord, kept: Kept) -> Verdict {
    Verdict::Done {
        result: result(record),
        kept: json!(kept),
    }
}

/// What a step returns.
fn result(record: &UserLikeRecord) -> Value {
    json!({ "record_id": record.id })
}

/// What became of a batch of likes.
struct Made {
    records: BTreeSet<Uuid>,
    blocked: BTreeSet<i64>,
}

impl Made {
    fn verdict(&self, record: &UserLikeRecord) -> Verdict {
        if self.records.contains(&record.id.0) {
            return done(record, Kept::Made(*record));
        }
        match self.blocked.contains(&record.user_id.0) {
            true => Verdict::Refused {
                code: "user_blocked",
            },
            false => Verdict::Refused {
                code: "already_liked",
            },
        }
    }
}

async fn make(tx: &mut Tx<'_>, likes: &[UserLikeRecord]) -> Result<Made, StoreError> {
    let mut made = Made {
        records: BTreeSet::new(),
        blocked: BTreeSet::new(),
    };
    if likes.is_empty() {
        return Ok(made);
    }
    let batch = batch_of_records(likes);
    let outcome = tx.one(INSERT.sql.with([batch.clone().into()])).await?;
    let all = || Batch::default().uuids("record_id", likes.iter().map(|like| like.id.0));
    match tx.inserted(&INSERT, outcome, likes.len(), all).await? {
        Inserted::All => made.records.extend(likes.iter().map(|like| like.id.0)),
        Inserted::Only(rows) => {
            for row in rows {
                made.records.insert(row.uuid(0)?);
            }
        }
    }
    if made.records.len() < likes.len() {
        for row in tx.rows(&BLOCKED, [batch.into()]).await? {
            made.blocked.insert(row.int(0)?);
        }
    }
    Ok(made)
}

async fn remove(
    tx: &mut Tx<'_>,
    unlikes: &[Pair],
) -> Result<BTreeMap<Pair, UserLikeRecord>, StoreError> {
    if unlikes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = tx
        .rows(&DELETE_PAIR, [batch_of_pairs(unlikes).into()])
        .await?;
    let records = rows.iter().map(read_record);
    records
        .map(|record| record.map(|record| (record.pair(), record)))
        .collect()
}

async fn changed(
    tx: &mut Tx<'_>,
    statement: &'static Sql,
    records: &[UserLikeRecord],
) -> Result<usize, StoreError> {
    if records.is_empty() {
        return Ok(0);
    }
    let rows = tx
        .execute(statement, [batch_of_records(records).into()])
        .await?;
    Ok(usize::try_from(rows).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RecordId;
    use crate::time::Timestamp;

    #[test]
    fn arguments_survive_the_wire() {
        let args = LikeArgs::Like(UserLikeRecord {
            id: RecordId(Uuid::from_u128(7)),
            user_id: UserId(1),
            article_id: ArticleId(2),
            created_at: Timestamp(1_234_567),
        });
        let text = serde_json::to_string(&args).unwrap();
        assert_eq!(serde_json::from_str::<LikeArgs>(&text).unwrap(), args);
    }
}
