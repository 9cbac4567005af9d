//! What one call of the barrier takes and returns, on either engine.

use crate::{BarrierState, Op, StepIndex, StepKey};

/// One request for one step, inside a transaction of the caller's.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The saga and the step.
    pub key: StepKey,
    /// The operation.
    pub op: Op,
    /// A hash of the action's arguments. The same key with another fingerprint is [`Reply::Mismatch`].
    pub fingerprint: i64,
    /// The time of the request in microseconds since 1970; stored, and never compared.
    pub now_micros: i64,
}

/// The result of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The effect is part of the transaction.
    Done {
        /// The reply's payload; repeats return the same text.
        result: String,
        /// What the compensation needs: exactly what was done, as a delta.
        undo_data: String,
    },
    /// A business rule refused the action, which has no effect. The refusal is durable.
    Refused {
        /// The rule.
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
        /// The rule.
        code: String,
    },
    /// The compensation holds, also if there was nothing to compensate.
    Undone,
    /// The step was tombstoned or undone: its action will never run.
    Dead,
    /// The same step was requested with other arguments before. Nothing was done.
    Mismatch,
}

/// A request could not be applied. Roll the transaction back.
#[derive(Debug, thiserror::Error)]
pub enum BarrierError<D, E> {
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(D),
    /// The action or the compensation failed. A compensation that cannot be applied is an error, never a silent success.
    #[error("the step failed: {0}")]
    Step(E),
    /// The stored row is not one that the barrier wrote.
    #[error("the stored barrier row is invalid: {0}")]
    Invalid(String),
}

/// A row that an insert conflicted with.
pub(crate) struct StoredRow {
    pub(crate) state: i64,
    pub(crate) fingerprint: i64,
    pub(crate) result: Option<String>,
}

impl StoredRow {
    pub(crate) fn state<D, E>(&self) -> Result<BarrierState, BarrierError<D, E>> {
        BarrierState::of_code(self.state)
            .ok_or_else(|| BarrierError::Invalid(format!("{} is not a state", self.state)))
    }

    /// The stored reply of a row that is done or refused.
    pub(crate) fn reply(self, state: BarrierState) -> Reply {
        let text = self.result.unwrap_or_default();
        match state {
            BarrierState::Done => Reply::Done { result: text },
            BarrierState::Refused => Reply::Refused { code: text },
            BarrierState::Undone | BarrierState::Tomb => Reply::Dead,
        }
    }
}

/// The columns that an action's verdict writes: state, result, undo data.
pub(crate) fn settled(verdict: &Verdict) -> (i64, &str, Option<&str>) {
    match verdict {
        Verdict::Done { result, undo_data } => (BarrierState::Done.code(), result, Some(undo_data)),
        Verdict::Refused { code } => (BarrierState::Refused.code(), code, None),
    }
}

/// The reply to an action that has just run.
pub(crate) fn fresh_reply(verdict: Verdict) -> Reply {
    match verdict {
        Verdict::Done { result, .. } => Reply::Done { result },
        Verdict::Refused { code } => Reply::Refused { code },
    }
}

/// A step's position as its column has it.
pub(crate) fn column(step: StepIndex) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}
