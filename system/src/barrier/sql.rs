//! The barrier on SQLite and PostgreSQL: a few multi-row statements a batch.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Barrier, Effect, Verdict,
    rules::{BarrierState, Judgement, inserted, judge},
};
use crate::{
    id::{SagaId, StepIndex},
    saga::step::{StepKey, StepReply, StepRequest},
    store::{Arg, Row, Sql, StoreError, Tx, sql},
    time::Timestamp,
};

static INSERT: Sql = sql!("barrier_insert");
static READ: Sql = sql!("barrier_read");
static SETTLE: Sql = sql!("barrier_settle");
static UNDO: Sql = sql!("barrier_undo");

/// The barrier in the service's own database.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqlBarrier;

#[async_trait]
impl Barrier for SqlBarrier {
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

/// Cuts a batch into waves in which no step occurs twice, keeping the order of each step's
/// requests: a multi-row insert can decide only once about a row.
fn waves(batch: &[StepRequest]) -> Vec<Vec<usize>> {
    let mut seen: BTreeMap<StepKey, usize> = BTreeMap::new();
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for (place, request) in batch.iter().enumerate() {
        let wave = seen.entry(request.key()).or_default();
        if waves.len() <= *wave {
            waves.push(Vec::new());
        }
        waves[*wave].push(place);
        *wave += 1;
    }
    waves
}

async fn apply_wave(
    tx: &mut Tx<'_>,
    effect: &dyn Effect,
    now: Timestamp,
    batch: &[StepRequest],
    wave: &[usize],
    replies: &mut BTreeMap<usize, StepReply>,
) -> Result<(), StoreError> {
    let stored = insert_or_read(tx, now, wave.iter().map(|place| &batch[*place])).await?;
    let mut actions = Vec::new();
    let mut undos = Vec::new();
    for place in wave {
        let request = &batch[*place];
        let row = stored.get(&request.key());
        if row.is_some_and(|row| row.fingerprint != request.fingerprint) {
            replies.insert(*place, StepReply::Mismatch);
            continue;
        }
        match (judge(row.map(|row| row.state), request.op), row) {
            (Judgement::Act, _) => actions.push(*place),
            (Judgement::TakeBack, _) => undos.push(*place),
            (Judgement::AnswerUndone, _) => drop(replies.insert(*place, StepReply::Undone)),
            (Judgement::AnswerStored, Some(row)) => drop(replies.insert(*place, row.reply()?)),
            (Judgement::AnswerDead | Judgement::AnswerStored, _) => {
                drop(replies.insert(*place, StepReply::Dead))
            }
        }
    }
    act(tx, effect, batch, &actions, replies).await?;
    take_back(tx, effect, batch, &undos, replies).await
}

/// Inserts the rows that are not there and reads those that are.
async fn insert_or_read<'r>(
    tx: &mut Tx<'_>,
    now: Timestamp,
    requests: impl Iterator<Item = &'r StepRequest> + Clone + Send,
) -> Result<BTreeMap<StepKey, StoredRow>, StoreError> {
    let rows: Vec<_> = requests.clone().map(InsertJson::of).collect();
    let fresh: BTreeSet<StepKey> = tx
        .rows(&INSERT, [Arg::json(&rows)?, now.0.into()])
        .await?
        .iter()
        .map(key)
        .collect::<Result<_, _>>()?;
    let known: Vec<_> = requests
        .map(StepRequest::key)
        .filter(|key| !fresh.contains(key))
        .map(KeyJson::of)
        .collect();
    if known.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = tx.rows(&READ, [Arg::json(&known)?]).await?;
    rows.iter()
        .map(|row| Ok((key(row)?, StoredRow::read(row)?)))
        .collect()
}

async fn act(
    tx: &mut Tx<'_>,
    effect: &dyn Effect,
    batch: &[StepRequest],
    places: &[usize],
    replies: &mut BTreeMap<usize, StepReply>,
) -> Result<(), StoreError> {
    if places.is_empty() {
        return Ok(());
    }
    let actions: Vec<&StepRequest> = places.iter().map(|place| &batch[*place]).collect();
    let verdicts = effect.act(tx, &actions).await?;
    let rows: Vec<_> = actions
        .iter()
        .zip(&verdicts)
        .map(|(action, verdict)| SettleJson::of(action, verdict))
        .collect();
    tx.execute(&SETTLE, [Arg::json(&rows)?]).await?;
    for (place, verdict) in places.iter().zip(verdicts) {
        let reply = match verdict {
            Verdict::Done { result, .. } => StepReply::Done { result },
            Verdict::Refused { code } => StepReply::Refused {
                code: code.to_owned(),
            },
        };
        replies.insert(*place, reply);
    }
    Ok(())
}

async fn take_back(
    tx: &mut Tx<'_>,
    effect: &dyn Effect,
    batch: &[StepRequest],
    places: &[usize],
    replies: &mut BTreeMap<usize, StepReply>,
) -> Result<(), StoreError> {
    if places.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = places
        .iter()
        .map(|place| KeyJson::of(batch[*place].key()))
        .collect();
    let rows = tx.rows(&UNDO, [Arg::json(&keys)?]).await?;
    let kept: Vec<Value> = rows
        .iter()
        .map(|row| row.json(0))
        .collect::<Result<_, _>>()?;
    if !kept.is_empty() {
        effect.take_back(tx, &kept).await?;
    }
    replies.extend(places.iter().map(|place| (*place, StepReply::Undone)));
    Ok(())
}

/// A row that the insert ran into.
struct StoredRow {
    state: BarrierState,
    fingerprint: i64,
    result: Option<String>,
}

impl StoredRow {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let code = row.int(2)?;
        Ok(Self {
            state: BarrierState::of_code(code).ok_or_else(|| {
                StoreError::Broken(format!("{code} is no state of a barrier row"))
            })?,
            fingerprint: row.int(3)?,
            result: row.opt_text(4)?,
        })
    }

    fn reply(&self) -> Result<StepReply, StoreError> {
        let result = self.result.clone().unwrap_or_default();
        Ok(match self.state {
            BarrierState::Done => StepReply::Done {
                result: serde_json::from_str(&result)?,
            },
            _ => StepReply::Refused { code: result },
        })
    }
}

fn key(row: &Row) -> Result<StepKey, StoreError> {
    Ok(StepKey {
        saga: SagaId(row.uuid(0)?),
        step: StepIndex::try_from(row.int(1)?)
            .map_err(|error| StoreError::Broken(error.to_string()))?,
    })
}

#[derive(Serialize)]
struct KeyJson {
    saga: Uuid,
    step: StepIndex,
}

impl KeyJson {
    fn of(key: StepKey) -> Self {
        Self {
            saga: key.saga.0,
            step: key.step,
        }
    }
}

#[derive(Serialize)]
struct InsertJson {
    saga: Uuid,
    step: StepIndex,
    state: i64,
    fingerprint: i64,
}

impl InsertJson {
    fn of(request: &StepRequest) -> Self {
        Self {
            saga: request.saga.0,
            step: request.step,
            state: inserted(request.op).code(),
            fingerprint: request.fingerprint,
        }
    }
}

#[derive(Serialize)]
struct SettleJson {
    saga: Uuid,
    step: StepIndex,
    state: i64,
    result: String,
    kept: Option<String>,
}

impl SettleJson {
    fn of(action: &StepRequest, verdict: &Verdict) -> Self {
        let (state, result, kept) = match verdict {
            Verdict::Done { result, kept } => (
                BarrierState::Done,
                result.to_string(),
                Some(kept.to_string()),
            ),
            Verdict::Refused { code } => (BarrierState::Refused, (*code).to_owned(), None),
        };
        Self {
            saga: action.saga.0,
            step: action.step,
            state: state.code(),
            result,
            kept,
        }
    }
}
