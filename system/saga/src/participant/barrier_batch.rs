//! The barrier on SQLite and PostgreSQL: a few multi-row statements a batch.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use likewise_barrier::{BarrierState, Judgement, initial_state, judge, sql};

use super::{Barrier, Effect, Verdict, single_statement};
use crate::{
    id::{SagaId, StepIndex},
    protocol::{Document, Op, StepKey, StepReply, StepRequest},
    store::{Batch, Database, Insert, Inserted, Row, Sql, StoreError, Tx},
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
    let requests: Vec<&StepRequest> = wave.iter().map(|place| &batch[*place]).collect();
    let predicted = effect.predict(tx, &requests).await?;
    let stored = insert_or_read(tx, now, &requests, &predicted).await?;
    let predicted: BTreeMap<usize, Option<Verdict>> = wave.iter().copied().zip(predicted).collect();
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
            (Judgement::Compensate, _) => undos.push(*place),
            (Judgement::AnswerUndone, _) => drop(replies.insert(*place, StepReply::Undone)),
            (Judgement::AnswerStored, Some(row)) => drop(replies.insert(*place, row.reply()?)),
            (Judgement::AnswerDead | Judgement::AnswerStored, _) => {
                drop(replies.insert(*place, StepReply::Dead))
            }
        }
    }
    act(tx, effect, batch, &actions, &predicted, replies).await?;
    compensate(tx, effect, batch, &undos, replies).await
}

/// Inserts the rows that are not there and reads those that are.
async fn insert_or_read(
    tx: &mut Tx<'_>,
    now: Timestamp,
    requests: &[&StepRequest],
    predicted: &[Option<Verdict>],
) -> Result<BTreeMap<StepKey, StoredRow>, StoreError> {
    let inserts = inserts(requests, predicted);
    let outcome = tx
        .one(INSERT.sql.with([inserts.into(), now.0.into()]))
        .await?;
    let all = || keys(requests.iter().map(|request| request.key()));
    let fresh = match tx.inserted(&INSERT, outcome, requests.len(), all).await? {
        Inserted::All => return Ok(BTreeMap::new()),
        Inserted::Only(rows) => rows.iter().map(key).collect::<Result<BTreeSet<_>, _>>()?,
    };
    let known: Vec<StepKey> = requests
        .iter()
        .map(|request| request.key())
        .filter(|key| !fresh.contains(key))
        .collect();
    let rows = tx.rows(&READ, [keys(known.into_iter()).into()]).await?;
    rows.iter()
        .map(|row| Ok((key(row)?, StoredRow::read(row)?)))
        .collect()
}

async fn act(
    tx: &mut Tx<'_>,
    effect: &dyn Effect,
    batch: &[StepRequest],
    places: &[usize],
    predicted: &BTreeMap<usize, Option<Verdict>>,
    replies: &mut BTreeMap<usize, StepReply>,
) -> Result<(), StoreError> {
    if places.is_empty() {
        return Ok(());
    }
    let actions: Vec<&StepRequest> = places.iter().map(|place| &batch[*place]).collect();
    let verdicts = effect.act(tx, &actions).await?;
    let came = places.iter().zip(&actions).zip(&verdicts);
    let otherwise: Vec<(StepKey, &Verdict)> = came
        .filter(|((place, _), verdict)| predicted[*place].as_ref() != Some(*verdict))
        .map(|((_, action), verdict)| (action.key(), verdict))
        .collect();
    if !otherwise.is_empty() {
        tx.execute(&SETTLE, [settled(&otherwise).into()]).await?;
    }
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

async fn compensate(
    tx: &mut Tx<'_>,
    effect: &dyn Effect,
    batch: &[StepRequest],
    places: &[usize],
    replies: &mut BTreeMap<usize, StepReply>,
) -> Result<(), StoreError> {
    if places.is_empty() {
        return Ok(());
    }
    let undone = keys(places.iter().map(|place| batch[*place].key()));
    let rows = tx.rows(&UNDO, [undone.into()]).await?;
    let undo_data: Vec<Document> = rows
        .iter()
        .map(|row| row.json(0))
        .collect::<Result<_, _>>()?;
    if !undo_data.is_empty() {
        effect.compensate(tx, &undo_data).await?;
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
            result: row.opt_text(4)?.map(str::to_owned),
        })
    }

    fn reply(&self) -> Result<StepReply, StoreError> {
        let result = self.result.as_deref().unwrap_or_default();
        Ok(match self.state {
            BarrierState::Done => StepReply::Done {
                result: serde_json::from_str(result)?,
            },
            _ => StepReply::Refused {
                code: result.to_owned(),
            },
        })
    }
}

pub(crate) fn key(row: &Row) -> Result<StepKey, StoreError> {
    Ok(StepKey {
        saga: SagaId(row.uuid(0)?),
        step: StepIndex::try_from(row.int(1)?)
            .map_err(|error| StoreError::Broken(error.to_string()))?,
    })
}

/// The rows of these steps, as a batch that other columns can be added to.
pub(crate) fn keys(steps: impl Iterator<Item = StepKey> + Clone) -> Batch {
    Batch::default()
        .uuids("saga", steps.clone().map(|key| key.saga.0))
        .ints("step", steps.map(|key| column(key.step)))
}

fn column(step: StepIndex) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

/// The rows of requests, as they stand if the insert goes through.
fn inserts(requests: &[&StepRequest], predicted: &[Option<Verdict>]) -> Batch {
    let all = || requests.iter().zip(predicted);
    let verdict = |request: &StepRequest, predicted: &Option<Verdict>| match request.op {
        Op::Do => predicted.as_ref().map(StoredVerdict::of),
        Op::Undo | Op::Seal => None,
    };
    let stored: Vec<Option<StoredVerdict>> = all()
        .map(|(request, predicted)| verdict(request, predicted))
        .collect();
    let state = |(request, stored): (&&StepRequest, &Option<StoredVerdict>)| {
        let state = stored.as_ref().map(|stored| stored.state);
        state.unwrap_or_else(|| initial_state(request.op)).code()
    };
    let states: Vec<i64> = requests.iter().zip(&stored).map(state).collect();
    let texts = |stored: Option<StoredVerdict>| match stored {
        Some(StoredVerdict {
            result, undo_data, ..
        }) => (Some(result), undo_data),
        None => (None, None),
    };
    let (results, undo_data): (Vec<_>, Vec<_>) = stored.into_iter().map(texts).unzip();
    let fingerprints = requests.iter().map(|request| request.fingerprint);
    keys(requests.iter().map(|request| request.key()))
        .ints("state", states)
        .ints("fingerprint", fingerprints)
        .texts("result", results)
        .texts("kept", undo_data)
}

/// The rows of actions that came out otherwise than predicted.
fn settled(otherwise: &[(StepKey, &Verdict)]) -> Batch {
    let stored: Vec<StoredVerdict> = otherwise
        .iter()
        .map(|(_, verdict)| StoredVerdict::of(verdict))
        .collect();
    let states: Vec<i64> = stored.iter().map(|stored| stored.state.code()).collect();
    let texts = stored
        .into_iter()
        .map(|stored| (Some(stored.result), stored.undo_data));
    let (results, undo_data): (Vec<_>, Vec<_>) = texts.unzip();
    keys(otherwise.iter().map(|(key, _)| *key))
        .ints("state", states)
        .texts("result", results)
        .texts("kept", undo_data)
}

/// A verdict as its row has it.
struct StoredVerdict {
    state: BarrierState,
    result: String,
    undo_data: Option<String>,
}

impl StoredVerdict {
    fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Done { result, undo_data } => Self {
                state: BarrierState::Done,
                result: result.text().to_owned(),
                undo_data: text(undo_data),
            },
            Verdict::Refused { code } => Self {
                state: BarrierState::Refused,
                result: (*code).to_owned(),
                undo_data: None,
            },
        }
    }
}

/// A document as a column has it.
pub(crate) fn text(document: &Document) -> Option<String> {
    Some(document.text().to_owned())
}
