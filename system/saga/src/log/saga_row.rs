//! A saga as the log stores it.

use serde::{Deserialize, Serialize};

use crate::{
    id::{Epoch, SagaId},
    protocol::{Document, Op, Outcome, Status, StepState},
    time::Timestamp,
};

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
    pub lock_key: String,
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
