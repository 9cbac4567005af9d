//! What the coordinator knows about a saga and its steps.

use serde::{Deserialize, Serialize};

use likewise_barrier::StepIndex;

use super::{
    Shape,
    document::{self, Document},
};

/// The status of a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The saga goes forward, or is in doubt.
    Running,
    /// Every step is done.
    Completed,
    /// The saga is being undone. This is final: it never goes forward again.
    Compensating,
    /// Every step up to the pivot is undone, or never had an effect. Steps after the pivot were never sent.
    Compensated,
}

impl Status {
    /// Whether the saga has not ended.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Compensating)
    }

    /// The code in the column `status` of the saga log.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            Self::Running => 0,
            Self::Completed => 1,
            Self::Compensating => 2,
            Self::Compensated => 3,
        }
    }

    /// The status with this code. `None` if no status has it.
    #[must_use]
    pub fn of_code(code: i64) -> Option<Self> {
        [
            Self::Running,
            Self::Completed,
            Self::Compensating,
            Self::Compensated,
        ]
        .into_iter()
        .find(|status| status.code() == code)
    }
}

/// What the coordinator knows about one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// This coordinator has not sent the step.
    Untouched,
    /// The step may have been sent. Its effect is unknown.
    Unknown,
    /// The action's effect is durable.
    Done {
        /// The result of the action.
        #[serde(deserialize_with = "document::buffered")]
        result: Document,
    },
    /// A business rule refused the action, permanently.
    Refused {
        /// The code of the rule.
        code: String,
    },
    /// Tombstoned: the action never ran and never will.
    Dead,
    /// Compensated.
    Undone,
}

impl StepState {
    /// Its name in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Untouched => "untouched",
            Self::Unknown => "unknown",
            Self::Done { .. } => "done",
            Self::Refused { .. } => "refused",
            Self::Dead => "dead",
            Self::Undone => "undone",
        }
    }

    /// Whether the action has no effect and never will.
    pub(super) fn is_dead(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Dead | Self::Undone)
    }

    /// Whether it is not settled yet whether the action happens.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Untouched | Self::Unknown)
    }

    /// Whether the action may have an effect. Only such a step is compensated.
    pub(super) fn may_need_undo(&self) -> bool {
        matches!(self, Self::Unknown | Self::Done { .. })
    }
}

/// What the coordinator knows about one saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaState {
    /// The status. `Running` and `Compensating` are durable in the log; an end may still be on its way there.
    pub status: Status,
    /// Whether a deadline has passed. The coordinator then sends seals and no more actions, up to the pivot.
    pub in_doubt: bool,
    /// Whether an operator ordered the saga to complete. No deadline concerns it any more, so it sends actions and no seals.
    pub is_forced: bool,
    /// The groups of the steps, and the pivot.
    pub shape: Shape,
    /// The states of the steps, in the definition's order.
    pub steps: Vec<StepState>,
}

impl SagaState {
    /// A saga whose row was just committed. No step was sent.
    #[inline]
    #[must_use]
    pub fn started(shape: Shape) -> Self {
        Self {
            status: Status::Running,
            in_doubt: false,
            is_forced: false,
            shape,
            steps: vec![StepState::Untouched; shape.steps()],
        }
    }

    /// A saga that was read from the log. Any step may have been sent.
    #[must_use]
    pub fn recovered(status: Status, shape: Shape) -> Self {
        Self {
            status,
            in_doubt: false,
            is_forced: false,
            shape,
            steps: vec![StepState::Unknown; shape.steps()],
        }
    }

    /// Whether every step up to the pivot is known to be done: the saga is committed and only goes forward. Without a pivot,
    /// whether every step is done.
    #[must_use]
    pub fn is_committed(&self) -> bool {
        let is_done = |step: &StepState| matches!(step, StepState::Done { .. });
        self.steps_until_pivot().iter().all(is_done)
    }

    /// Whether the action of a step is given up at a deadline. If not, its request is a seal already, or the step comes after
    /// the pivot or the saga is forced, and it is sent until it is done.
    #[must_use]
    pub fn has_deadline(&self, step: StepIndex) -> bool {
        !self.in_doubt && !self.is_forced && !self.shape.is_after_pivot(step)
    }

    /// Whether a request for this step may have been sent, and its reply may arrive.
    pub(super) fn is_under_way(&self, step: StepIndex) -> bool {
        self.steps.get(step).is_some_and(StepState::may_need_undo)
    }

    /// The steps that may be undone.
    #[inline]
    pub(super) fn steps_until_pivot(&self) -> &[StepState] {
        &self.steps[self.shape.until_pivot()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_named_as_it_is_serialised() {
        let code = "code".to_owned();
        let result = Document::default();
        let states = [
            StepState::Untouched,
            StepState::Unknown,
            StepState::Done { result },
            StepState::Refused { code },
            StepState::Dead,
            StepState::Undone,
        ];
        for state in states {
            let json = serde_json::to_value(&state).unwrap();
            assert_eq!(json["state"], state.name());
        }
    }

    /// The codes are stored in databases: a changed code would corrupt every log.
    #[test]
    fn status_codes_are_fixed() {
        let codes = [
            (Status::Running, 0),
            (Status::Completed, 1),
            (Status::Compensating, 2),
            (Status::Compensated, 3),
        ];
        for (status, code) in codes {
            assert_eq!(status.code(), code);
            assert_eq!(Status::of_code(code), Some(status));
        }
        assert_eq!(Status::of_code(4), None);
        assert_eq!(Status::of_code(-1), None);
    }
}
