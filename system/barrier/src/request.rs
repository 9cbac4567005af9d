//! What one call of `apply` takes and returns, and the decision that both engines share.

use crate::{BarrierState, Judgement, Op, StepIndex, StepKey, judge};

/// One request for one step, to be applied inside your own transaction.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The saga and the step.
    pub key: StepKey,
    /// The operation.
    pub op: Op,
    /// A hash of the action's arguments. The same key with another fingerprint gets [`Reply::Mismatch`].
    pub fingerprint: i64,
    /// The time of the request in microseconds since 1970. It is stored and never compared.
    pub now_micros: i64,
}

/// The result of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The effect is part of the transaction.
    Done {
        /// The reply's payload. A repeated request gets the same text.
        result: String,
        /// What the compensation needs: exactly what was done, as a delta and never as an absolute value.
        undo_data: String,
    },
    /// A business rule refused the action, which had no effect. The refusal is durable.
    Refused {
        /// The code of the rule.
        code: String,
    },
}

/// The reply to a request. Send it only after the transaction has committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The action's effect is durable.
    Done {
        /// The action's payload.
        result: String,
    },
    /// A business rule refused the action, permanently.
    Refused {
        /// The code of the rule.
        code: String,
    },
    /// The step is compensated, or there was nothing to compensate.
    Undone,
    /// The step was sealed or undone before its action arrived. The action will never run.
    Dead,
    /// An earlier request for this step had other arguments. Nothing was done.
    Mismatch,
    /// The saga is below the retention watermark: it has ended, and its rows may be deleted. Nothing was done.
    Stale,
}

/// A request could not be applied. Roll the transaction back.
#[derive(Debug, thiserror::Error)]
pub enum BarrierError<D, E> {
    /// A statement of the barrier failed.
    #[error("the database failed: {0}")]
    Database(D),
    /// The action or the compensation failed. A compensation that cannot be applied is an error, never a silent success.
    #[error("the step failed: {0}")]
    Step(E),
    /// The stored row was not written by the barrier. Retrying does not help.
    #[error("the stored barrier row is invalid: {0}")]
    Invalid(String),
}

/// What the insert of a step's row found.
pub(crate) enum Found {
    /// The row is new.
    Nothing,
    /// There is a row already.
    Row(StoredRow),
    /// The saga is below the watermark. No row was inserted, and a stored one does not count.
    Stale,
}

/// A row that an insert conflicted with.
pub(crate) struct StoredRow {
    pub(crate) state: i64,
    pub(crate) fingerprint: i64,
    pub(crate) result: Option<String>,
}

/// What `apply` does after the insert.
pub(crate) enum Next {
    Act,
    Compensate,
    Reply(Reply),
}

/// Decides what to do with a request.
pub(crate) fn next<D, E>(found: Found, request: &Request) -> Result<Next, BarrierError<D, E>> {
    let row = match found {
        Found::Nothing => return Ok(next_after(judge(None, request.op), || Reply::Dead)),
        Found::Stale => return Ok(Next::Reply(Reply::Stale)),
        Found::Row(row) => row,
    };
    if row.fingerprint != request.fingerprint {
        return Ok(Next::Reply(Reply::Mismatch));
    }
    let state = BarrierState::of_code(row.state)
        .ok_or_else(|| BarrierError::Invalid(format!("{} is not a state", row.state)))?;
    Ok(next_after(judge(Some(state), request.op), || {
        row.reply(state)
    }))
}

fn next_after(judgement: Judgement, stored_reply: impl FnOnce() -> Reply) -> Next {
    match judgement {
        Judgement::Act => Next::Act,
        Judgement::Compensate => Next::Compensate,
        Judgement::AnswerUndone => Next::Reply(Reply::Undone),
        Judgement::AnswerDead => Next::Reply(Reply::Dead),
        Judgement::AnswerStored => Next::Reply(stored_reply()),
    }
}

impl StoredRow {
    fn reply(self, state: BarrierState) -> Reply {
        let text = self.result.unwrap_or_default();
        match state {
            BarrierState::Done => Reply::Done { result: text },
            BarrierState::Refused => Reply::Refused { code: text },
            BarrierState::Undone | BarrierState::Tomb => Reply::Dead,
        }
    }
}

impl Verdict {
    /// The columns that the verdict writes: `state`, `result` and `kept`.
    pub(crate) fn columns(&self) -> (i64, &str, Option<&str>) {
        match self {
            Self::Done { result, undo_data } => {
                (BarrierState::Done.code(), result, Some(undo_data))
            }
            Self::Refused { code } => (BarrierState::Refused.code(), code, None),
        }
    }

    /// The reply to an action that has just run.
    pub(crate) fn into_reply(self) -> Reply {
        match self {
            Self::Done { result, .. } => Reply::Done { result },
            Self::Refused { code } => Reply::Refused { code },
        }
    }
}

/// A step's index as a column value.
pub(crate) fn step_column(step: StepIndex) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}
