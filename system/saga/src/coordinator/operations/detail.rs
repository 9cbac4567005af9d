//! Everything that is shown of one saga.

use serde::Serialize;

use super::{
    action::{Action, Actions},
    ended::ended,
    inspection::{Inspected, Inspection},
    steps::StepComparison,
    summary::Summary,
    tag::OrderTag,
};
use crate::{
    id::Epoch,
    protocol::{Document, Outcome, Verdict},
    time::Timestamp,
};

/// One saga, with both truths of each step.
#[derive(Debug, Serialize)]
pub(super) struct Detail {
    #[serde(flatten)]
    pub(super) summary: Summary,
    pub(super) args: Option<Document>,
    pub(super) outcome: Option<Outcome>,
    /// How it ended, in words. The outcome alone does not tell a deadline from an order to abort.
    pub(super) outcome_text: Option<String>,
    /// The epoch of the last write to the log.
    epoch: Option<Epoch>,
    pub(super) steps: Vec<StepComparison>,
    /// The worst verdict of the steps. Null if the row cannot be read.
    pub(super) verdict: Option<Verdict>,
    pub(super) actions: Actions,
    /// What an order would be based on: the value of `If-Match`.
    #[serde(skip)]
    pub(super) tag: Option<String>,
}

impl Detail {
    pub(super) fn of(inspected: &Inspected, tag: OrderTag, now: Timestamp) -> Self {
        match inspected {
            Inspected::Readable(inspection) => Self::of_inspection(inspection, tag, now),
            Inspected::Unreadable(row) => Self {
                summary: Summary::of_unreadable(row, now),
                args: None,
                outcome: None,
                outcome_text: None,
                epoch: None,
                steps: Vec::new(),
                verdict: None,
                actions: Actions::all(|_: Action| {
                    Err("its row cannot be read; repair the row, and the next scan continues the saga".to_owned())
                }),
                tag: None,
            },
        }
    }

    fn of_inspection(inspection: &Inspection, tag: OrderTag, now: Timestamp) -> Self {
        Self {
            summary: Summary::of_inspection(inspection, now),
            args: Some(inspection.row.args.clone()),
            outcome: inspection.row.outcome.clone(),
            outcome_text: inspection
                .row
                .outcome
                .as_ref()
                .map(|outcome| ended(outcome, inspection.was_aborted)),
            epoch: Some(inspection.row.epoch),
            steps: inspection.steps.clone(),
            verdict: Some(inspection.verdict()),
            actions: Actions::all(|action| action.allowed(inspection)),
            tag: Some(tag(&inspection.seen())),
        }
    }
}
