//! A saga as it is stored: what it is, where it stands and how it ended.

use serde::{Deserialize, Serialize};

use super::{
    decide::{SagaState, Status, StepState},
    document::{self, Document},
};
use crate::id::StepIndex;

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
    #[serde(rename = "unneeded")]
    NoOp {
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
