//! The key of a barrier row (one step of one saga) and the operations on it.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a saga, which is also its public transaction id. A UUID of version 7 sorts by start time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SagaId(pub Uuid);

impl fmt::Display for SagaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A step's index in its saga's definition, from 0.
pub type StepIndex = usize;

/// The operation that a request applies to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Run the action.
    Do,
    /// Run the compensation. It undoes the action's effect, or leaves a tombstone if the action never ran.
    Undo,
    /// Settle permanently whether the action ran.
    Seal,
}

impl Op {
    /// Its name in requests and log lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Do => "do",
            Self::Undo => "undo",
            Self::Seal => "seal",
        }
    }
}

/// The key of a barrier row. Repeats of a request have the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepKey {
    /// The saga.
    pub saga: SagaId,
    /// The step's index in the saga's definition.
    pub step: StepIndex,
}
