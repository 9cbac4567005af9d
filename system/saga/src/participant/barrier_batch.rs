//! The barrier for whole batches, on SQLite and PostgreSQL: a few multi-row statements per batch.
//!
//! The order of statements is the protocol: insert, judge, act. An insert takes the lock on its row, so that a copy
//! of the request in another transaction waits for this one and then finds the row. A read before the insert would
//! take no lock, and two copies could both find nothing.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use likewise_barrier::{Judgement, judge, sql};

use super::{
    Barrier, Effect, Verdict,
    barrier_rows::{StoredRow, key, key_from, keys, rows_of_requests, rows_of_verdicts},
    derived, single_statement,
};
use crate::{
    protocol::{Document, StepKey, StepReply, StepRequest},
    store::{Database, Insert, Inserted, Row, Sql, StoreError, Tx},
    time::Timestamp,
};

static INSERT: Insert = Insert {
    sql: Sql {
        name: "barrier_insert",
        sqlite: sql::SQLITE_INSERT,
        postgres: sql::POSTGRES_INSERT,
    },
    inserted: Sql {
        name: "barrier_insert_done",
        sqlite: sql::SQLITE_INSERTED,
        postgres: "",
    },
};
static READ: Sql = Sql {
    name: "barrier_read",
    sqlite: sql::SQLITE_READ,
    postgres: sql::POSTGRES_READ,
};
static SETTLE: Sql = Sql {
    name: "barrier_settle",
    sqlite: sql::SQLITE_SETTLE,
    postgres: sql::POSTGRES_SETTLE,
};
static UNDO: Sql = Sql {
    name: "barrier_undo",
    sqlite: sql::SQLITE_UNDO,
    postgres: sql::POSTGRES_UNDO,
};

/// The barrier in the service's own database.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqlBarrier;

#[async_trait]
impl Barrier for SqlBarrier {
    async fn apply_single(
        &self,
        database: &Database,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<Option<StepReply>>, StoreError> {
        single_statement::apply(database, effect, now, batch).await
    }

    async fn apply(
        &self,
        tx: &mut Tx<'_>,
        effect: &dyn Effect,
        now: Timestamp,
        batch: &[StepRequest],
    ) -> Result<Vec<StepReply>, StoreError> {
        let mut replies = BTreeMap::new();
        for wave in waves(batch) {
            apply_wave(tx, effect, now, batch, &wave, &mut replies).await?;
        }
        Ok(replies.into_values().collect())
    }
}

/// The replies so far, by the index of the request in the batch.
type Replies = BTreeMap<usize, StepReply>;

/// Divides a batch into waves in which no step occurs twice. Each wave lists indices of the batch, and the requests for one
/// step keep their order. Waves are needed because a multi-row insert decides only once about a row.
///
/// Nearly every batch is one wave. Two waves are needed if a request and its repeat, or an action and its
/// compensation, meet in one batch.
fn waves(batch: &[StepRequest]) -> Vec<Vec<usize>> {
    let mut occurrences: BTreeMap<StepKey, usize> = BTreeMap::new();
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for (index, request) in batch.iter().enumerate() {
        let wave = occurrences.entry(request.key()).or_default();
        if waves.len() <= *wave {
            waves.push(Vec::new());
        }
        waves[*wave].push(index);
        *wave += 1;
    }
    waves
}

/// Applies the requests at the indices of one wave: inserts their rows, decides by the result, then runs all actions and all
/// compensations together.
async fn apply_wave(
    tx: &mut Tx<'_>,
    effect: &dyn Effect,
    now: Timestamp,
    batch: &[StepRequest],
    wave: &[usize],
    replies: &mut Replies,
) -> Result<(), StoreError> {
    let requests: Vec<&StepRequest> = wave.iter().map(|index| &batch[*index]).collect();
    // Before the insert, because the predicted verdicts are part of the inserted rows.
    let predicted = effect.predict(tx, &requests).await?;
    let found = insert_or_read(tx, now, &requests, &predicted).await?;
    let predicted: BTreeMap<usize, Option<Verdict>> = wave.iter().copied().zip(predicted).collect();
    let mut actions = Vec::new();
    let mut undos = Vec::new();
    for index in wave {
        let request = &batch[*index];
        if found.stale.contains(&request.key()) {
            replies.insert(*index, StepReply::Stale);
            continue;
        }
        let row = found.rows.get(&request.key());
        // Checked before the judgement: whatever the state is, another request must not get the reply of this one.
        if row.is_some_and(|row| row.fingerprint != request.fingerprint) {
            replies.insert(*index, StepReply::Mismatch);
            continue;
        }
        match (judge(row.map(|row| row.state), request.op), row) {
            (Judgement::Act, _) => actions.push(*index),
            (Judgement::Compensate, _) => undos.push(*index),
            (Judgement::AnswerUndone, _) => drop(replies.insert(*index, StepReply::Undone)),
            (Judgement::AnswerStored, Some(row)) => {
                replies.insert(*index, row.reply(effect, request)?);
            }
            (Judgement::AnswerDead | Judgement::AnswerStored, _) => {
                drop(replies.insert(*index, StepReply::Dead))
            }
        }
    }
    act(tx, effect, batch, &actions, &predicted, replies).await?;
    compensate(tx, effect, batch, &undos, replies).await
}

/// What the insert of a wave found. A step that is in neither has a new row.
#[derive(Default)]
struct Found {
    /// The rows that were there already.
    rows: BTreeMap<StepKey, StoredRow>,
    /// The steps of sagas below the watermark.
    stale: BTreeSet<StepKey>,
}

/// Inserts the missing rows, and reads the others. A step that has neither is below the watermark: both statements leave such
/// steps out, each in its own snapshot. So a stored row of theirs decides nothing, whether or not it is deleted yet.
///
/// An insert reports only how many rows it inserted. Usually it inserted all of them, and then no further statement is needed.
async fn insert_or_read(
    tx: &mut Tx<'_>,
    now: Timestamp,
    requests: &[&StepRequest],
    predicted: &[Option<Verdict>],
) -> Result<Found, StoreError> {
    let rows = rows_of_requests(requests, predicted);
    let outcome = tx.run(INSERT.sql.with([rows.into(), now.0.into()])).await?;
    let all = || keys(requests.iter().map(|request| request.key()));
    let inserted = match tx.inserted(&INSERT, outcome, requests.len(), all).await? {
        Inserted::All => return Ok(Found::default()),
        Inserted::Only(rows) => rows.iter().map(key).collect::<Result<BTreeSet<_>, _>>()?,
    };
    let mut others: BTreeSet<StepKey> = requests
        .iter()
        .map(|request| request.key())
        .filter(|key| !inserted.contains(key))
        .collect();
    let read = [keys(others.iter().copied()).into()];
    let mut rows = BTreeMap::new();
    for row in &tx.rows(&READ, read).await? {
        let key = key(row)?;
        others.remove(&key);
        rows.insert(key, StoredRow::read(row)?);
    }
    let stale = others;
    Ok(Found { rows, stale })
}

/// Runs the actions at these indices. Updates the rows whose verdict differs from the prediction.
///
/// A wrong prediction costs one more statement and nothing else: the verdict of the action decides.
async fn act(
    tx: &mut Tx<'_>,
    effect: &dyn Effect,
    batch: &[StepRequest],
    indices: &[usize],
    predicted: &BTreeMap<usize, Option<Verdict>>,
    replies: &mut Replies,
) -> Result<(), StoreError> {
    if indices.is_empty() {
        return Ok(());
    }
    let actions: Vec<&StepRequest> = indices.iter().map(|index| &batch[*index]).collect();
    let verdicts = effect.act(tx, &actions).await?;
    let verdicts_by_index = indices.iter().zip(&actions).zip(&verdicts);
    let unpredicted: Vec<(StepKey, &Verdict)> = verdicts_by_index
        .filter(|((index, _), verdict)| predicted[*index].as_ref() != Some(*verdict))
        .map(|((_, action), verdict)| (action.key(), verdict))
        .collect();
    if !unpredicted.is_empty() {
        let rows = rows_of_verdicts(&unpredicted);
        tx.execute(&SETTLE, [rows.into()]).await?;
    }
    for (index, verdict) in indices.iter().zip(verdicts) {
        let tally = tx.tally_mut();
        let reply = match verdict {
            Verdict::Done { result, .. } => {
                tally.applied += 1;
                StepReply::Done { result }
            }
            Verdict::Refused { code } => {
                tally.refused += 1;
                StepReply::Refused {
                    code: code.to_owned(),
                }
            }
        };
        // Sent only after the commit. If it fails, the caller drops the replies with the transaction.
        replies.insert(*index, reply);
    }
    Ok(())
}

/// Compensates the steps at these indices.
///
/// One statement marks the rows as undone and returns their undo data, so that no row is compensated that another
/// transaction has compensated.
async fn compensate(
    tx: &mut Tx<'_>,
    effect: &dyn Effect,
    batch: &[StepRequest],
    indices: &[usize],
    replies: &mut Replies,
) -> Result<(), StoreError> {
    if indices.is_empty() {
        return Ok(());
    }
    let requests = indices.iter().map(|index| &batch[*index]);
    let keys = keys(requests.clone().map(StepRequest::key));
    let rows = tx.rows(&UNDO, [keys.into()]).await?;
    let requests: BTreeMap<StepKey, &StepRequest> =
        requests.map(|request| (request.key(), request)).collect();
    let undo_data: Vec<Document> = rows
        .iter()
        .map(|row| read_undo_data(row, effect, &requests))
        .collect::<Result<_, _>>()?;
    // A row that another transaction has undone is not returned, and is not compensated twice.
    tx.tally_mut().compensated += undo_data.len();
    if !undo_data.is_empty() {
        effect.compensate(tx, &undo_data).await?;
    }
    replies.extend(indices.iter().map(|index| (*index, StepReply::Undone)));
    Ok(())
}

/// Reads the columns `kept`, `saga` and `step` of a row that was marked as undone.
fn read_undo_data(
    row: &Row,
    effect: &dyn Effect,
    requests: &BTreeMap<StepKey, &StepRequest>,
) -> Result<Document, StoreError> {
    if let Some(text) = row.opt_text(0)? {
        return Ok(serde_json::from_str(text)?);
    }
    let request = requests.get(&key_from(row, 1)?);
    let request = request.ok_or_else(|| {
        StoreError::Invariant("a step was undone that is not in the batch".to_owned())
    })?;
    derived::undo_data(effect, request)
}
