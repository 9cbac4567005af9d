//! What the user service's steps do: make a like record, or remove one so that it can be restored.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Pair, UserLikeRecord,
    store::{batch_of_pairs, batch_of_records, read_record},
};
use crate::id::{ArticleId, RecordId, UserId};
use likewise_saga::{
    participant::{Effect, SingleStatement, Verdict},
    protocol::{Document, StepRequest},
    store::{
        Batch, Insert, Inserted, PostgresStatement, Sql, StoreError, Tx, insert,
        postgres_statement, sql,
    },
    time::Timestamp,
};

static ACT: PostgresStatement = postgres_statement!("like_act");
static INSERT: Insert = insert!("like_insert");
static BLOCKED: Sql = sql!("like_blocked");
static DELETE_PAIR: Sql = sql!("like_delete_pair");
static DELETE_RECORD: Sql = sql!("like_delete_record");
static RESTORE: Sql = sql!("like_restore");

/// The arguments of a step; the fields are in the order of the alphabet, as those of [`UserLikeRecord`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", try_from = "LikeFields")]
pub enum LikeArgs {
    /// Make this record.
    Like(UserLikeRecord),
    /// Remove the record of this pair.
    Unlike {
        /// What.
        article_id: ArticleId,
        /// Who.
        user_id: UserId,
    },
}

/// The fields of the arguments, which may come in any order. A tagged enum would keep them all until it has met its tag.
#[derive(Deserialize)]
struct LikeFields {
    action: Action,
    article_id: ArticleId,
    created_at: Option<Timestamp>,
    id: Option<RecordId>,
    user_id: UserId,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Like,
    Unlike,
}

impl TryFrom<LikeFields> for LikeArgs {
    type Error = &'static str;

    fn try_from(fields: LikeFields) -> Result<Self, Self::Error> {
        let (article_id, user_id) = (fields.article_id, fields.user_id);
        Ok(match fields.action {
            Action::Like => Self::Like(UserLikeRecord {
                article_id,
                created_at: fields.created_at.ok_or("missing field `created_at`")?,
                id: fields.id.ok_or("missing field `id`")?,
                user_id,
            }),
            Action::Unlike => Self::Unlike {
                article_id,
                user_id,
            },
        })
    }
}

/// What a step returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The record that was made, or removed.
    pub record_id: RecordId,
}

/// What is kept of a step: the record that was made, or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UndoData {
    Made(UserLikeRecord),
    Removed(UserLikeRecord),
}

/// Makes and removes like records.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserEffect;

#[async_trait]
impl Effect for UserEffect {
    async fn predict(
        &self,
        _: &mut Tx<'_>,
        requests: &[&StepRequest],
    ) -> Result<Vec<Option<Verdict>>, StoreError> {
        let verdict = |request: &&StepRequest| match request.args.read().ok()? {
            LikeArgs::Like(record) => Some(done(&record, UndoData::Made(record))),
            // Which record it is shows only when it is taken away.
            LikeArgs::Unlike { .. } => None,
        };
        Ok(requests.iter().map(verdict).collect())
    }

    fn single_statement(&self, actions: &[&StepRequest]) -> Option<SingleStatement> {
        let like = |(place, action): (usize, &&StepRequest)| match action.args.read().ok()? {
            LikeArgs::Like(record) => Some((place, record)),
            LikeArgs::Unlike { .. } => None,
        };
        let likes = actions.iter().enumerate().filter_map(like);
        let (places, records): (Vec<_>, Vec<_>) = likes.unzip();
        Some(SingleStatement {
            statement: &ACT,
            action_indices: places,
            undo_data: records
                .iter()
                .map(|record| Document::of(&UndoData::Made(*record)))
                .collect(),
            columns: Batch::default()
                .texts(
                    "result",
                    records
                        .iter()
                        .map(|record| Some(result(record).text().to_owned())),
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
            .map(|action| action.args.read().ok())
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
                Some(record) => done(&record, UndoData::Removed(record)),
            },
        };
        Ok(wanted.into_iter().map(verdict).collect())
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        let mut made = Vec::new();
        let mut removed = Vec::new();
        for undo_data in undo_data {
            match undo_data.read()? {
                UndoData::Made(record) => made.push(record),
                UndoData::Removed(record) => removed.push(record),
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

fn done(record: &UserLikeRecord, undo_data: UndoData) -> Verdict {
    Verdict::Done {
        result: result(record),
        undo_data: Document::of(&undo_data),
    }
}

fn result(record: &UserLikeRecord) -> Document {
    Document::of(&Recorded {
        record_id: record.id,
    })
}

/// What became of a batch of likes.
struct Made {
    records: BTreeSet<Uuid>,
    blocked: BTreeSet<i64>,
}

impl Made {
    fn verdict(&self, record: &UserLikeRecord) -> Verdict {
        if self.records.contains(&record.id.0) {
            return done(record, UndoData::Made(*record));
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

    #[test]
    fn arguments_survive_the_wire_and_are_written_as_ever() {
        let like = LikeArgs::Like(UserLikeRecord {
            id: RecordId(Uuid::from_u128(7)),
            user_id: UserId(1),
            article_id: ArticleId(2),
            created_at: Timestamp(1_234_567),
        });
        let unlike = LikeArgs::Unlike {
            user_id: UserId(1),
            article_id: ArticleId(2),
        };
        for args in [like, unlike] {
            let document = Document::of(&args);
            assert_eq!(document.read::<LikeArgs>().unwrap(), args);
            // Else the fingerprints of steps that are asked for again after an update would differ.
            assert_eq!(document, serde_json::json!(args).into());
        }
    }

    #[test]
    fn arguments_that_lack_something_are_no_arguments() {
        for text in [
            r#"{"action":"like","article_id":2,"created_at":4,"user_id":1}"#,
            r#"{"action":"like","article_id":2,"id":"00000000-0000-0000-0000-000000000007","user_id":1}"#,
            r#"{"action":"unlike","article_id":2}"#,
            r#"{"action":"share","article_id":2,"user_id":1}"#,
            r#"{"article_id":2,"user_id":1}"#,
        ] {
            assert!(serde_json::from_str::<LikeArgs>(text).is_err(), "{text}");
        }
    }
}
