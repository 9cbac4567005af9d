//! Both truths of a step, as they are shown side by side.

use super::words::{self, Badge};
use crate::{coordinator::operations::steps::StepComparison, protocol::StepState};

/// One step.
pub(super) struct Truth {
    pub(super) step: usize,
    pub(super) name: &'static str,
    pub(super) service: &'static str,
    /// What the leader believes.
    pub(super) believed: String,
    pub(super) attempts: String,
    pub(super) believed_result: Option<String>,
    /// What the participant has stored.
    pub(super) stored: String,
    pub(super) stored_at: Option<String>,
    pub(super) stored_result: Option<String>,
    pub(super) is_below_watermark: bool,
    pub(super) verdict: Badge,
}

impl Truth {
    pub(super) fn of(truth: &StepComparison) -> Self {
        let row = truth.barrier.as_ref();
        let stored = match (&truth.barrier_error, row) {
            (Some(error), _) => format!("not read: {error}"),
            (None, None) => "nothing: no request for the step has had an effect".to_owned(),
            (None, Some(row)) => words::stored(row).to_owned(),
        };
        Self {
            step: truth.step,
            name: truth.name,
            service: truth.service,
            believed: words::believed(&truth.believed.state, truth.never_sent),
            attempts: words::attempts(&truth.believed, truth.never_sent),
            believed_result: match &truth.believed.state {
                StepState::Done { result } => Some(result.text().to_owned()),
                _ => None,
            },
            stored,
            stored_at: row.and_then(|row| row.created_at).map(words::moment),
            stored_result: row.and_then(|row| row.result.clone()),
            is_below_watermark: row.is_some_and(|row| row.below_watermark),
            verdict: words::verdict(truth.verdict),
        }
    }
}
