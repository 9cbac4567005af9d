//! The coverage gate: what a campaign must have covered before its green result counts.
//!
//! - In a campaign of at least [`RUNS_MIN`] runs, every property was exercised.
//! - Every kind of fault that at least [`PLANS_MIN`] plans contained fired at least once.
//!
//! A smaller campaign may have had no chance to cover everything. It is not judged, and the report says so.
//!
//! The gate exists because a campaign in which nothing happens violates nothing. Without it, a change that silently
//! switches faults off would pass for a success.

use likewise_world::{plan::FaultKind, record::PropertyStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::summary::Summary;

/// A campaign of so many runs must have exercised every property. The rarest case, an unlike that is compensated,
/// occurs in about one seed of 25.
pub const RUNS_MIN: u64 = 200;
/// A kind of fault in so many plans must have fired.
///
/// A fault may miss its injection point in one plan because the run never got there. That this happens in twenty
/// plans by chance is unlikely.
pub const PLANS_MIN: u64 = 20;

/// How a campaign fares at the coverage gate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Floor")]
pub struct CoverageGate {
    /// The smallest number of runs that allows a judgement: `RUNS_MIN`.
    pub runs_min: u64,
    /// The smallest number of plans that allows a judgement on a fault: `PLANS_MIN`.
    pub plans_min: u64,
    /// Whether there were too few runs to judge the properties.
    pub too_small: bool,
    /// Properties that no run exercised; a defect only if the campaign is large enough.
    pub never_exercised: Vec<String>,
    /// Kinds of faults that enough plans contained and that never fired.
    #[serde(rename = "never_struck")]
    pub never_fired: Vec<FaultKind>,
    /// Kinds of faults that never fired, in too few plans to judge them.
    pub too_rare: Vec<FaultKind>,
}

impl CoverageGate {
    /// How these runs fare.
    ///
    /// A kind of fault that no plan contains is not judged: the campaign's profile has switched it off on purpose.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        let idle = summary.faults.iter().filter(|(_, tally)| tally.fired == 0);
        let (judged, rare): (Vec<_>, Vec<_>) = idle.partition(|(_, t)| t.plans >= PLANS_MIN);
        let kinds = |idle: Vec<(&FaultKind, _)>| idle.into_iter().map(|(kind, _)| *kind).collect();
        let properties = summary.properties.iter();
        Self {
            runs_min: RUNS_MIN,
            plans_min: PLANS_MIN,
            too_small: summary.runs < RUNS_MIN,
            never_exercised: properties
                .filter(|property| property.status == PropertyStatus::NeverExercised)
                .map(|property| property.name.clone())
                .collect(),
            never_fired: kinds(judged),
            too_rare: kinds(rare),
        }
    }

    /// What is missing, one sentence each. Empty if the campaign passes the gate or is too small to be judged.
    ///
    /// The sentences become the campaign's reasons for being inconclusive. The wording is also how a merge recognises
    /// them: it drops those of the single machines and judges all runs together.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if !self.too_small && !self.never_exercised.is_empty() {
            missing.push(format!(
                "never exercised in a campaign of at least {} runs: {}",
                self.runs_min,
                self.never_exercised.join(", ")
            ));
        }
        if !self.never_fired.is_empty() {
            missing.push(format!(
                "never fired, though at least {} plans contained it: {}",
                self.plans_min,
                names(&self.never_fired)
            ));
        }
        missing
    }

    /// What could not be judged, one sentence each.
    #[must_use]
    pub fn unjudged(&self) -> Vec<String> {
        let mut unjudged = Vec::new();
        if self.too_small {
            unjudged.push(format!(
                "too small to judge whether every property was exercised: that takes {} runs",
                self.runs_min
            ));
        }
        if !self.too_rare.is_empty() {
            unjudged.push(format!(
                "never fired, but in fewer than {} plans, which is too few to judge: {}",
                self.plans_min,
                names(&self.too_rare)
            ));
        }
        unjudged
    }
}

fn names(kinds: &[FaultKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::samples::records;

    /// The gate after so many runs, whose crash never fires and which never exercise one of the properties.
    fn gate(runs: u64) -> CoverageGate {
        let mut summary = Summary::default();
        for _ in 0..runs {
            summary.add(&records::red(), Duration::ZERO);
        }
        CoverageGate::of(&summary)
    }

    /// It says so, because a reader must not take "not judged" for "passed".
    #[test]
    fn a_small_campaign_is_not_judged_and_says_so() {
        let gate = gate(PLANS_MIN - 1);
        assert_eq!(gate.missing(), Vec::<String>::new());
        assert_eq!(gate.unjudged().len(), 2, "{gate:?}");
        assert!(gate.unjudged()[0].starts_with("too small to judge"));
    }

    #[test]
    fn a_kind_of_fault_in_enough_plans_must_fire() {
        let gate = gate(PLANS_MIN);
        assert_eq!(
            gate.missing(),
            ["never fired, though at least 20 plans contained it: crash"]
        );
        assert!(gate.too_rare.is_empty());
    }

    /// The bound is exact: one run less, and only the fault is missing.
    #[test]
    fn a_property_must_be_exercised_in_a_large_campaign() {
        assert_eq!(gate(RUNS_MIN - 1).missing().len(), 1);
        assert_eq!(
            gate(RUNS_MIN).missing()[0],
            "never exercised in a campaign of at least 200 runs: epochs-only-rise"
        );
    }
}
