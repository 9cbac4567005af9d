//! A saga as the log stores it. The column of `lock_key` is named `subject`.

use serde::{Deserialize, Serialize};

use crate::{
    id::{Epoch, SagaId},
    protocol::{Document, Op, Outcome, Status, StepState},
    time::Timestamp,
};

/// One saga of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct SagaRow {
    /// The id.
    pub id: SagaId,
    /// The kind, from which the steps are derived.
    pub kind: String,
    /// The arguments. With the kind they are all that recovery needs.
    pub args: Document,
    /// The semantic lock that the saga holds while it is open.
    pub lock_key: String,
    /// The client's `Idempotency-Key`, prefixed by its scope.
    pub request_key: Option<String>,
    /// The fingerprint of the client's request, to detect a reused key.
    pub fingerprint: i64,
    /// The status.
    pub status: Status,
    /// Whether a person should look at the saga. Slow retries go on.
    pub parked: bool,
    /// The epoch of the last write.
    pub epoch: Epoch,
    /// What was known about the steps at the last status change.
    pub steps: Option<Vec<StepRecord>>,
    /// The outcome, if the saga has ended.
    pub outcome: Option<Outcome>,
    /// When the saga was started.
    pub created_at: Timestamp,
    /// When the status last changed.
    pub updated_at: Timestamp,
    /// When the saga stops sending actions and seals its steps instead.
    pub deadline_at: Timestamp,
}

/// What the log stores about one step when the saga's status changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// What was known about the step.
    #[serde(flatten)]
    pub state: StepState,
    /// How often its action or its seal was sent.
    pub attempts: u32,
    /// How often its compensation was sent.
    pub undo_attempts: u32,
}

impl StepRecord {
    /// A record without attempts.
    #[must_use]
    pub fn new(state: StepState) -> Self {
        Self {
            state,
            attempts: 0,
            undo_attempts: 0,
        }
    }

    /// Counts one sent request.
    pub fn count(&mut self, op: Op) {
        match op {
            Op::Do | Op::Seal => self.attempts = self.attempts.saturating_add(1),
            Op::Undo => self.undo_attempts = self.undo_attempts.saturating_add(1),
        }
    }
}
