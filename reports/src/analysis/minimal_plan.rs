//! The result of shrinking a failing plan.

use std::collections::BTreeSet;

use likewise_search::{
    fingerprint::fingerprint,
    shrink::{Nearest, Shrunk},
};
use likewise_world::{
    plan::{Plan, PlannedFault},
    record::RunRecord,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Outlook, Why, narrative::explanation::explain};

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
    /// The kinds of its faults and where they fire. Minimal plans of one shape have one cause. Empty in older reports.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shape: String,
    /// Why the run of the minimal plan failed. Missing in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// How many futures of each of its events fail. Missing if that was not searched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlook: Option<Outlook>,
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
        let mut why = Why::of(&shrunk.record);
        if let Some(why) = &mut why {
            why.passes = shrunk.nearest.as_ref().map(passes);
        }
        Self {
            shape: shape(&shrunk.record, why.as_ref()),
            why,
            outlook: None,
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

impl MinimalPlan {
    /// Adds when the failure was baked in.
    pub fn note_outlook(&mut self, outlook: Outlook) {
        if let Some(why) = &mut self.why {
            why.certain = Some(outlook.sentence.clone());
        }
        self.outlook = Some(outlook);
    }

    /// Adds to the answers whether the product passes the plan of a planted bug.
    pub fn note_product(&mut self, passes: Option<bool>) {
        let Some(why) = &mut self.why else {
            return;
        };
        let product = match passes {
            Some(true) => "The product passes this plan as it is.",
            Some(false) => "The product fails with this plan, too.",
            None => return,
        };
        why.passes = Some(match why.passes.take() {
            Some(nearest) => format!("{nearest} {product}"),
            None => product.to_owned(),
        });
    }
}

/// What would have prevented the failure.
fn passes(nearest: &Nearest) -> String {
    format!("The same plan passes {}.", nearest.change)
}

/// The kinds of the faults and the classes of their triggers. Without faults, the first wrong change: the workload alone
/// shows it.
fn shape(record: &RunRecord, why: Option<&Why>) -> String {
    let faults = record.plan.faults.iter();
    let class = |it: &PlannedFault| format!("{} at {}", it.fault.kind().name(), it.trigger.class());
    let classes: BTreeSet<String> = faults.map(class).collect();
    let classes: Vec<String> = classes.into_iter().collect();
    match classes.is_empty() {
        true => format!("no fault, {}", why.map_or("", |why| why.cause.as_str())),
        false => classes.join(" + "),
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
