//! How a saga ended.

use serde::{Deserialize, Serialize};

use super::{
    document::{self, Document},
    state::{SagaState, Status, StepState},
};
use likewise_barrier::StepIndex;

/// How a saga ended. The client gets its reply from it; a repeated request gets the same reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum Outcome {
    /// Every step is done.
    Done {
        /// The results of the steps, in order.
        #[serde(deserialize_with = "document::buffered_list")]
        results: Vec<Document>,
    },
    /// A business rule refused a step. No effect of the saga is left.
    Refused {
        /// The refused step.
        step: StepIndex,
        /// The code of the rule.
        code: String,
    },
    /// The deadline passed before every step was done. No effect of the saga is left.
    TimedOut,
    /// The saga was stored as ended: a check before its start found nothing to do.
    ///
    /// Databases have it as `unneeded`, so the serialised name stays.
    #[serde(rename = "unneeded")]
    NoOp {
        /// The code of the check.
        code: String,
        /// The data that the check found.
        #[serde(deserialize_with = "document::buffered")]
        found: Document,
    },
}

impl Outcome {
    /// The outcome of a saga in this state, whose status must be closed.
    #[must_use]
    pub fn of(state: &SagaState) -> Self {
        match state.status {
            Status::Completed => Self::done(state),
            _ => Self::undone(state),
        }
    }

    fn done(state: &SagaState) -> Self {
        let result = |step: &StepState| match step {
            StepState::Done { result } => result.clone(),
            _ => Document::default(),
        };
        Self::Done {
            results: state.steps.iter().map(result).collect(),
        }
    }

    fn undone(state: &SagaState) -> Self {
        let refusal = |(step, state): (StepIndex, &StepState)| match state {
            StepState::Refused { code } => Some((step, code.clone())),
            _ => None,
        };
        match state.steps.iter().enumerate().find_map(refusal) {
            Some((step, code)) => Self::Refused { step, code },
            None => Self::TimedOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Databases store these texts, and `GET /v1/transactions` shows them.
    #[test]
    fn outcomes_keep_their_serialised_names() {
        let code = || "code".to_owned();
        let found = Document::from(json!(1));
        let results = vec![Document::default()];
        for (outcome, text) in [
            (
                Outcome::Done { results },
                json!({"end": "done", "results": [null]}),
            ),
            (
                Outcome::Refused {
                    step: 1,
                    code: code(),
                },
                json!({"end": "refused", "step": 1, "code": "code"}),
            ),
            (Outcome::TimedOut, json!({"end": "timed_out"})),
            (
                Outcome::NoOp {
                    code: code(),
                    found,
                },
                json!({"end": "unneeded", "code": "code", "found": 1}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&outcome).unwrap(), text);
            assert_eq!(serde_json::from_value::<Outcome>(text).unwrap(), outcome);
        }
    }
}
