//! A saga as it is stored: what it is, where it stands and how it ended.

use serde::{Deserialize, Serialize};

use super::{
    decide::{SagaState, Status, StepState},
    document::{self, Document},
    step::Op,
};
use crate::{
    id::{Epoch, SagaId, StepIndex},
    time::Timestamp,
};

/// One step of a kind of saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDefinition {
    /// The service that carries it out.
    pub service: &'static str,
    /// What it is sent.
    pub args: Document,
}

/// What a saga consists of, derived from its stored arguments alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// In order.
    pub steps: Vec<StepDefinition>,
}

/// How a saga ended; also what its client is told, now and at every repeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum Outcome {
    /// Every step is done.
    Done {
        /// What the steps returned, in order.
        #[serde(deserialize_with = "document::buffered_list")]
        results: Vec<Document>,
    },
    /// A business rule said no; nothing of the saga is left.
    Refused {
        /// The step that said no.
        step: StepIndex,
        /// Which rule.
        code: String,
    },
    /// It could not be done in time; nothing of it is left.
    TimedOut,
    /// Settled before it began: the check found that there was nothing to do.
    Unneeded {
        /// Which rule.
        code: String,
        /// What the check found.
        #[serde(deserialize_with = "document::buffered")]
        found: Document,
    },
}

impl Outcome {
    /// How a saga in this state has ended.
    #[must_use]
    pub fn of(state: &SagaState) -> Self {
        if state.status == Status::Completed {
            let result = |step: &StepState| match step {
                StepState::Done { result } => result.clone(),
                _ => Document::default(),
            };
            return Self::Done {
                results: state.steps.iter().map(result).collect(),
            };
        }
        let refusal = state
            .steps
            .iter()
            .enumerate()
            .find_map(|(step, known)| match known {
                StepState::Refused { code } => Some((step, code.clone())),
                _ => None,
            });
        match refusal {
            Some((step, code)) => Self::Refused { step, code },
            None => Self::TimedOut,
        }
    }
}

/// What the log keeps of one step when the saga's status changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// What was known of it.
    #[serde(flatten)]
    pub state: StepState,
    /// How often its action, and its seal, were asked for.
    pub attempts: u32,
    /// How often its compensation was asked for.
    pub undo_attempts: u32,
}

impl StepRecord {
    /// A step of which nothing is known.
    #[must_use]
    pub fn new(state: StepState) -> Self {
        Self {
            state,
            attempts: 0,
            undo_attempts: 0,
        }
    }

    /// Counts one request.
    pub fn count(&mut self, op: Op) {
        match op {
            Op::Do | Op::Seal => self.attempts = self.attempts.saturating_add(1),
            Op::Undo => self.undo_attempts = self.undo_attempts.saturating_add(1),
        }
    }
}

/// One saga of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct SagaRow {
    /// Its identity.
    pub id: SagaId,
    /// What kind of saga it is.
    pub kind: String,
    /// Its arguments; recovery needs nothing else.
    pub args: Document,
    /// What it holds the semantic lock on while it is open.
    pub subject: String,
    /// The client's Idempotency-Key, with its scope.
    pub request_key: Option<String>,
    /// Of the client's request.
    pub fingerprint: i64,
    /// Where it stands.
    pub status: Status,
    /// Whether a person should look at it; it goes on being retried slowly.
    pub parked: bool,
    /// Who wrote it last.
    pub epoch: Epoch,
    /// What was known of its steps at the last change of status.
    pub steps: Option<Vec<StepRecord>>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When its status last changed.
    pub updated_at: Timestamp,
    /// When it starts to doubt.
    pub deadline_at: Timestamp,
}
