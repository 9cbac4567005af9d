//! Barrier rows as batches: writing the rows of requests and verdicts, and reading stored rows. The column of the undo data is
//! named `kept`.

use likewise_barrier::{BarrierState, initial_state};

use super::{Effect, Verdict, derived};
use crate::{
    id::{SagaId, StepIndex},
    protocol::{Document, Op, StepKey, StepReply, StepRequest},
    store::{Batch, Row, StoreError},
};

/// A row that an insert conflicted with.
pub(super) struct StoredRow {
    pub(super) state: BarrierState,
    pub(super) fingerprint: i64,
    /// The payload of a step that is done, or the code of a refusal. `None` in a row that was inserted by a seal or
    /// an undo, and if it follows from the arguments.
    result: Option<String>,
}

impl StoredRow {
    /// A code that no state has is an error and never a default: a guess here could run an action twice.
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let code = row.int(2)?;
        let state = BarrierState::of_code(code).ok_or_else(|| {
            StoreError::Invariant(format!("{code} is not the code of a barrier state"))
        })?;
        Ok(Self {
            state,
            fingerprint: row.int(3)?,
            result: row.opt_text(4)?.map(str::to_owned),
        })
    }

    /// The stored reply of a row that is done or refused, to one of its requests.
    pub(super) fn reply(
        &self,
        effect: &dyn Effect,
        request: &StepRequest,
    ) -> Result<StepReply, StoreError> {
        Ok(match (self.state, self.result.as_deref()) {
            (BarrierState::Done, Some(result)) => StepReply::Done {
                result: serde_json::from_str(result)?,
            },
            (BarrierState::Done, None) => StepReply::Done {
                result: derived::result(effect, request)?,
            },
            (_, code) => StepReply::Refused {
                code: code.unwrap_or_default().to_owned(),
            },
        })
    }
}

/// The key of a row whose first columns are `saga` and `step`.
pub(super) fn key(row: &Row) -> Result<StepKey, StoreError> {
    key_from(row, 0)
}

/// The key of a row in which `saga` is the column `first`, and `step` the next one.
pub(super) fn key_from(row: &Row, first: usize) -> Result<StepKey, StoreError> {
    Ok(StepKey {
        saga: SagaId(row.uuid(first)?),
        step: StepIndex::try_from(row.int(first + 1)?)
            .map_err(|error| StoreError::Invariant(error.to_string()))?,
    })
}

/// A batch with the key columns of these steps. Other columns can be added.
pub(super) fn keys(steps: impl Iterator<Item = StepKey> + Clone) -> Batch {
    // A saga has few steps, so the fallback is never used.
    let step = |key: StepKey| i64::try_from(key.step).unwrap_or(i64::MAX);
    Batch::default()
        .uuids("saga", steps.clone().map(|key| key.saga.0))
        .ints("step", steps.map(step))
}

/// The rows of requests, in the state that they have if the insert succeeds. A predicted verdict is part of its row.
///
/// A verdict is only used for an action. A seal or an undo inserts a tombstone, whatever its action would have given.
pub(super) fn rows_of_requests(requests: &[&StepRequest], predicted: &[Option<Verdict>]) -> Batch {
    let columns = requests.iter().zip(predicted).map(|(request, verdict)| {
        let verdict = verdict.as_ref().filter(|_| request.op == Op::Do);
        match verdict {
            Some(verdict) => VerdictColumns::of(verdict),
            None => VerdictColumns::without_result(initial_state(request.op)),
        }
    });
    let columns: Vec<VerdictColumns> = columns.collect();
    let states: Vec<i64> = columns.iter().map(|row| row.state.code()).collect();
    let texts = columns.into_iter().map(|row| (row.result, row.undo_data));
    let (results, undo_data): (Vec<_>, Vec<_>) = texts.unzip();
    let fingerprints = requests.iter().map(|request| request.fingerprint);
    keys(requests.iter().map(|request| request.key()))
        .ints("state", states)
        .ints("fingerprint", fingerprints)
        .texts("result", results)
        .texts("kept", undo_data)
}

/// The rows of actions whose verdict differs from the prediction.
pub(super) fn rows_of_verdicts(verdicts: &[(StepKey, &Verdict)]) -> Batch {
    let columns = verdicts
        .iter()
        .map(|(_, verdict)| VerdictColumns::of(verdict));
    let columns: Vec<VerdictColumns> = columns.collect();
    let states: Vec<i64> = columns.iter().map(|row| row.state.code()).collect();
    let texts = columns.into_iter().map(|row| (row.result, row.undo_data));
    let (results, undo_data): (Vec<_>, Vec<_>) = texts.unzip();
    keys(verdicts.iter().map(|(key, _)| *key))
        .ints("state", states)
        .texts("result", results)
        .texts("kept", undo_data)
}

/// The columns that a verdict writes.
struct VerdictColumns {
    state: BarrierState,
    result: Option<String>,
    undo_data: Option<String>,
}

impl VerdictColumns {
    fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Done { result, undo_data } => Self {
                state: BarrierState::Done,
                result: text(result),
                undo_data: text(undo_data),
            },
            Verdict::Refused { code } => Self {
                state: BarrierState::Refused,
                result: Some((*code).to_owned()),
                undo_data: None,
            },
        }
    }

    /// The row of an action whose verdict is not known yet, or of a seal or an undo that found no row.
    fn without_result(state: BarrierState) -> Self {
        Self {
            state,
            result: None,
            undo_data: None,
        }
    }
}

/// A document as a column value.
pub(super) fn text(document: &Document) -> Option<String> {
    Some(document.text().to_owned())
}
