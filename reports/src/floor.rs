//! The coverage floor: what a campaign must have met before its green means anything.
//!
//! - Of [`RUNS_MIN`] runs and more: every property was put to the test.
//! - Every kind of fault that at least [`PLANS_MIN`] plans contained has struck.
//!
//! A smaller campaign is not judged, and says so: it may have had no chance.

use likewise_sim::{plan::FaultKind, record::PropertyStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::summary::Summary;

/// A campaign of so many runs must have put every property to the test. The rarest, an unlike that is taken back, is
/// met by one seed of about 25.
pub const RUNS_MIN: u64 = 200;
/// A kind of fault that so many plans contain must have struck.
pub const PLANS_MIN: u64 = 20;

/// How a campaign stands to the floor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Floor {
    /// [`RUNS_MIN`].
    pub runs_min: u64,
    /// [`PLANS_MIN`].
    pub plans_min: u64,
    /// Whether there were too few runs to judge the properties.
    pub too_small: bool,
    /// Properties that nothing put to the test; judged unless the campaign is too small.
    pub never_exercised: Vec<String>,
    /// Kinds of faults that enough plans contained and that never struck.
    pub never_struck: Vec<FaultKind>,
    /// Kinds that never struck, in too few plans to judge that.
    pub too_rare: Vec<FaultKind>,
}

impl Floor {
    /// How these runs stand to it.
    #[must_use]
    pub fn of(summary: &Summary) -> Self {
        let idle = summary.faults.iter().filter(|(_, tally)| tally.struck == 0);
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
            never_struck: kinds(judged),
            too_rare: kinds(rare),
        }
    }

    /// What is missing, a sentence each; empty if the floor is met or the campaign is too small for it.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if !self.too_small && !self.never_exercised.is_empty() {
            missing.push(format!(
                "never exercised, though there were {} runs or more: {}",
                self.runs_min,
                self.never_exercised.join(", ")
            ));
        }
        if !self.never_struck.is_empty() {
            missing.push(format!(
                "never struck, though {} plans or more had it: {}",
                self.plans_min,
                names(&self.never_struck)
            ));
        }
        missing
    }

    /// What could not be judged, a sentence each.
    #[must_use]
    pub fn unjudged(&self) -> Vec<String> {
        let mut unjudged = Vec::new();
        if self.too_small {
            unjudged.push(format!(
                "too small to judge whether every property was put to the test: that takes {} runs",
                self.runs_min
            ));
        }
        if !self.too_rare.is_empty() {
            unjudged.push(format!(
                "in fewer than {} plans, too few to judge that it never struck: {}",
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
    use crate::samples;

    /// So many runs whose crash never struck, and that never exercise one property.
    fn runs(count: u64) -> Floor {
        let mut summary = Summary::default();
        for _ in 0..count {
            summary.add(&samples::red(), Duration::ZERO);
        }
        Floor::of(&summary)
    }

    #[test]
    fn a_small_campaign_is_not_judged_and_says_so() {
        let floor = runs(PLANS_MIN - 1);
        assert_eq!(floor.missing(), Vec::<String>::new());
        assert_eq!(floor.unjudged().len(), 2, "{floor:?}");
        assert!(floor.unjudged()[0].starts_with("too small to judge"));
    }

    #[test]
    fn a_kind_that_enough_plans_had_must_strike() {
        let floor = runs(PLANS_MIN);
        assert_eq!(
            floor.missing(),
            ["never struck, though 20 plans or more had it: crash"]
        );
        assert!(floor.too_rare.is_empty());
    }

    #[test]
    fn a_property_must_be_put_to_the_test_by_enough_runs() {
        assert_eq!(runs(RUNS_MIN - 1).missing().len(), 1);
        assert_eq!(
            runs(RUNS_MIN).missing()[0],
            "never exercised, though there were 200 runs or more: epochs-only-rise"
        );
    }
}
