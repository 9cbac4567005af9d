//! The result of shrinking a failing plan.

use likewise_search::{
    fingerprint::fingerprint,
    shrink::{Nearest, Shrunk},
};
use likewise_world::plan::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::narrative::explanation::explain;

/// A failing plan after shrinking, with the plan that passes after the smallest change to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Minimal")]
pub struct MinimalPlan {
    /// The fingerprint of its failure. Nothing else is left in the plan, so the faults that it names are the cause.
    pub fingerprint: String,
    /// The size of the plan before shrinking.
    pub before: PlanSize,
    /// The size after shrinking.
    pub after: PlanSize,
    /// The number of candidates that were run.
    pub runs: u64,
    /// Whether nothing more can be removed. If not, shrinking was stopped early.
    pub is_minimal: bool,
    /// The run of the minimal plan in three sentences.
    pub explanation: [String; 3],
    /// The smallest change after which the plan passes: `without the lost reply`.
    pub nearest: Option<String>,
    /// The command that replays the minimal plan, once it is known.
    pub replay: Option<String>,
    /// The command that keeps the plan as a regression, once it is known.
    pub keep: Option<String>,
}

/// The size of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Size")]
pub struct PlanSize {
    /// The number of faults.
    pub faults: usize,
    /// The number of operations.
    pub operations: usize,
}

impl PlanSize {
    fn of(plan: &Plan) -> Self {
        Self {
            faults: plan.faults.len(),
            operations: plan.workload.len(),
        }
    }
}

impl MinimalPlan {
    /// The result of shrinking the plan `before`. The commands are not known yet.
    #[must_use]
    pub fn of(before: &Plan, shrunk: &Shrunk) -> Self {
        let change = |nearest: &Nearest| nearest.change.clone();
        Self {
            fingerprint: fingerprint(&shrunk.record).unwrap_or_default(),
            before: PlanSize::of(before),
            after: PlanSize::of(&shrunk.record.plan),
            runs: shrunk.runs,
            is_minimal: shrunk.is_minimal,
            explanation: explain(&shrunk.record),
            nearest: shrunk.nearest.as_ref().map(change),
            replay: None,
            keep: None,
        }
    }
}

#[cfg(test)]
impl MinimalPlan {
    /// The result of shrinking some plan to the one of this record.
    pub(crate) fn sample(record: &likewise_world::record::RunRecord) -> Self {
        let shrunk = Shrunk {
            failure: likewise_search::fingerprint::Failure::of(record).unwrap(),
            nearest: None,
            runs: 40,
            is_minimal: true,
            record: record.clone(),
        };
        let mut before = record.plan.clone();
        before.workload = vec![before.workload[0].clone(); 9];
        before.faults = vec![before.faults[0].clone(); 7];
        Self::of(&before, &shrunk)
    }
}
