//! What the user service's step does: insert a like record, or remove one so that it can be restored.
//!
//! Both directions have the whole record as undo data. So undoing an unlike restores the same record, with the
//! same identity and time. A like has the record among its arguments, so its undo data need not be stored.

use async_trait::async_trait;
use likewise_saga::{
    participant::{ActionColumns, Effect, SingleStatement, Verdict},
    protocol::{Document, StepRequest},
    store::{Batch, PostgresStatement, StoreError, Tx, postgres_statement},
};
use serde::{Deserialize, Serialize};

use super::{
    Pair, UserLikeRecord,
    like_args::{LikeArgs, RecordResult},
    record_batch::{self, Inserted},
};
use crate::refusal::RefusalCode;

static ACT: PostgresStatement = postgres_statement!("like_act");
static ACT_ONE: PostgresStatement = postgres_statement!("like_act_one");

/// The undo data of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum UndoData {
    /// The step inserted this record.
    #[serde(rename = "made")]
    Inserted(UserLikeRecord),
    /// The step removed this record.
    #[serde(rename = "removed")]
    Removed(UserLikeRecord),
}

/// Inserts and removes like records.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserEffect;

#[async_trait]
impl Effect for UserEffect {
    /// A like is expected to succeed. Which record an unlike removes is known only after the statement.
    async fn predict(
        &self,
        _: &mut Tx<'_>,
        requests: &[&StepRequest],
    ) -> Result<Vec<Option<Verdict>>, StoreError> {
        let verdict = |request: &&StepRequest| match request.args.read().ok()? {
            LikeArgs::Like(record) => Some(done(&record, UndoData::Inserted(record))),
            LikeArgs::Unlike { .. } => None,
        };
        Ok(requests.iter().map(verdict).collect())
    }

    /// Takes the likes; unlikes need [`act`](Self::act).
    fn single_statement(&self, actions: &[&StepRequest]) -> Option<SingleStatement> {
        let like = |(index, action): (usize, &&StepRequest)| Some((index, liked(action)?));
        let likes = actions.iter().enumerate().filter_map(like);
        let (indices, records): (Vec<_>, Vec<_>) = likes.unzip();
        let columns = record_batch::of_records(&records);
        let (statement, columns) = match records.len() {
            1 => (&ACT_ONE, ActionColumns::One(columns)),
            _ => (
                &ACT,
                ActionColumns::Many {
                    actions: columns,
                    more: Batch::default(),
                },
            ),
        };
        Some(SingleStatement {
            statement,
            action_indices: indices,
            columns,
            results: records.iter().map(result).collect(),
        })
    }

    /// The id of the record is an argument of a like. An unlike stores its result: it finds out which record it removes.
    fn result(&self, action: &StepRequest) -> Option<Document> {
        liked(action).map(|record| result(&record))
    }

    /// The record is the argument of a like. An unlike stores what it has removed.
    fn undo_data(&self, action: &StepRequest) -> Option<Document> {
        liked(action).map(|record| Document::of(&UndoData::Inserted(record)))
    }

    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        let args: Vec<Option<LikeArgs>> = actions
            .iter()
            .map(|action| action.args.read().ok())
            .collect();
        let (likes, unlikes) = likes_and_unlikes(&args);
        let inserted = record_batch::insert(tx, &likes).await?;
        let mut removed = record_batch::remove(tx, &unlikes).await?;
        let verdict = |args: Option<LikeArgs>| match args {
            None => RefusalCode::UnreadableArguments.into(),
            Some(LikeArgs::Like(record)) => like_verdict(&inserted, &record),
            Some(LikeArgs::Unlike {
                user_id,
                article_id,
            }) => match removed.remove(&Pair {
                user_id,
                article_id,
            }) {
                None => RefusalCode::NotLiked.into(),
                Some(record) => done(&record, UndoData::Removed(record)),
            },
        };
        Ok(args.into_iter().map(verdict).collect())
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        let mut inserted = Vec::new();
        let mut removed = Vec::new();
        for undo_data in undo_data {
            match undo_data.read()? {
                UndoData::Inserted(record) => inserted.push(record),
                UndoData::Removed(record) => removed.push(record),
            }
        }
        let deleted = record_batch::delete(tx, &inserted).await?;
        let restored = record_batch::restore(tx, &removed).await?;
        // The lock on user and article keeps other sagas away, so every record must be as the step left it.
        if deleted != inserted.len() || restored != removed.len() {
            return Err(StoreError::Invariant(format!(
                "deleted {deleted} of {} records and restored {restored} of {}",
                inserted.len(),
                removed.len(),
            )));
        }
        Ok(())
    }
}

/// The record of a like; `None` if it is none.
fn liked(action: &StepRequest) -> Option<UserLikeRecord> {
    match action.args.read().ok()? {
        LikeArgs::Like(record) => Some(record),
        LikeArgs::Unlike { .. } => None,
    }
}

fn likes_and_unlikes(args: &[Option<LikeArgs>]) -> (Vec<UserLikeRecord>, Vec<Pair>) {
    let mut likes = Vec::new();
    let mut unlikes = Vec::new();
    for args in args.iter().flatten() {
        match *args {
            LikeArgs::Like(record) => likes.push(record),
            LikeArgs::Unlike {
                user_id,
                article_id,
            } => unlikes.push(Pair {
                user_id,
                article_id,
            }),
        }
    }
    (likes, unlikes)
}

fn like_verdict(inserted: &Inserted, record: &UserLikeRecord) -> Verdict {
    if inserted.records.contains(&record.id) {
        return done(record, UndoData::Inserted(*record));
    }
    match inserted.blocked.contains(&record.user_id) {
        true => RefusalCode::UserBlocked.into(),
        false => RefusalCode::AlreadyLiked.into(),
    }
}

fn done(record: &UserLikeRecord, undo_data: UndoData) -> Verdict {
    Verdict::Done {
        result: result(record),
        undo_data: Document::of(&undo_data),
    }
}

fn result(record: &UserLikeRecord) -> Document {
    Document::of(&RecordResult {
        record_id: record.id,
    })
}
