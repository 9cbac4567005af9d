//! A search over all pairs or triples of faults: which combinations were run, and which of them are covered.
//!
//! Combinations are numbered, so several machines can each take a range of the numbers and a stopped search can
//! continue. A combination counts as covered in three ways: all its faults fired; one fired and prevented the others,
//! which do fire alone; or it is provably the same run as one of its faults alone and needs no run of its own.

use std::ops::Range;

use likewise_search::exhaustive::{Choice, Combinations, Covered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ranges::Ranges;

/// A search over combinations of faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Combined")]
pub struct FaultCombinations {
    /// Pairs or triples.
    #[serde(flatten)]
    pub choice: Choice,
    /// Identifies the sagas and the faults that are combined. The numbers mean nothing for other ones.
    pub bases: String,
    /// The number of combinations.
    pub total: u64,
    /// The numbers of the combinations that were run, or are provably the run of one fault alone.
    pub ran: Ranges,
    /// Combinations of which every fault fired.
    #[serde(rename = "all_struck")]
    pub all_fired: u64,
    /// Combinations that were not run because they are provably the run of one fault alone: that run never reaches
    /// the injection points of the others.
    #[serde(default)]
    pub by_proof: u64,
    /// Combinations covered by proof that were run all the same, and were the same run.
    #[serde(default)]
    pub compared: u64,
    /// Combinations of which some faults fired and prevented the others, which fire alone.
    pub prevented: u64,
    /// Combinations that are not covered: no fault fired, or one did not fire that does not fire alone either.
    pub missed: u64,
    /// Runs without a record.
    pub broken: u64,
}

impl FaultCombinations {
    /// A search of which nothing has been run yet.
    #[must_use]
    pub fn of(combinations: &Combinations) -> Self {
        Self {
            choice: combinations.choice(),
            bases: combinations.hash().to_owned(),
            total: combinations.count(),
            ran: Ranges::default(),
            all_fired: 0,
            by_proof: 0,
            compared: 0,
            prevented: 0,
            missed: 0,
            broken: 0,
        }
    }

    /// Counts the run with this number; `None` if it has no record.
    pub fn count(&mut self, number: u64, covered: Option<Covered>) {
        self.ran.insert(number..number + 1);
        match covered {
            Some(Covered::AllInjected) => self.all_fired += 1,
            Some(Covered::Prevented) => self.prevented += 1,
            Some(Covered::Missed) => self.missed += 1,
            None => self.broken += 1,
        }
    }

    /// Counts combinations that are provably the run of one fault alone.
    pub fn count_proven(&mut self, numbers: Range<u64>) {
        self.by_proof += numbers.end.saturating_sub(numbers.start);
        self.ran.insert(numbers);
    }

    /// The number of covered combinations.
    #[must_use]
    pub fn covered(&self) -> u64 {
        self.all_fired + self.prevented + self.by_proof
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.ran.merge(&other.ran);
        self.all_fired += other.all_fired;
        self.by_proof += other.by_proof;
        self.compared += other.compared;
        self.prevented += other.prevented;
        self.missed += other.missed;
        self.broken += other.broken;
    }
}
