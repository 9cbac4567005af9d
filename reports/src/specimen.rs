//! What became of a specimen: whether the harness sees the mistake that was built in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One deliberately wrong system, or the control, which is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpecimenResult {
    /// Its name.
    pub name: String,
    /// What is wrong with it, in one sentence.
    pub flaw: String,
    /// It is right: it must not be caught.
    pub is_control: bool,
    /// Whether a property that should catch it did.
    pub caught: bool,
    /// The properties it violated, the first that explains it first.
    pub by: Vec<String>,
    /// The properties that should catch it.
    pub expected: Vec<String>,
    /// Whether the product is green on the same plan: else it is not the mistake that was seen.
    pub product_green: bool,
    /// How its plan was chosen.
    pub way: Way,
    /// How many plans were run until it was caught, or in all.
    pub plans: u64,
    /// Faults in the plan that showed it.
    pub faults: u64,
    /// The run in three sentences; none if nothing was violated.
    pub explanation: Vec<String>,
    /// The command that runs it again.
    pub replay: String,
    /// Where its run's files are, if they are written, seen from the campaign's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// How soon searches find it, if this campaign measured that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<Search>,
    /// How soon they did when it was last published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Published>,
}

/// Figures that were measured some time ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Published {
    /// The day.
    pub measured_on: String,
    /// One for each way of searching.
    pub searches: Vec<Search>,
}

impl SpecimenResult {
    /// Whether it fared as it should: caught, or spared if it is the control, and the product is not caught.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let fares = match self.is_control {
            true => self.by.is_empty(),
            false => self.caught,
        };
        fares && self.product_green
    }
}

/// How a plan that shows a specimen was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It is the specimen's own, kept with it.
    Own,
    /// A single fault at a cut point.
    Exhaustive,
    /// A seed's.
    Seed,
}

/// How soon one way of searching finds a specimen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Search {
    /// `exhaustive`, `swarm` or `fixed`.
    pub way: String,
    /// How often the search was started.
    pub starts: u64,
    /// Of those, how many found it.
    pub caught: u64,
    /// The quartiles of the plans needed; one that is missing was never reached.
    pub quartiles: [Option<u64>; 3],
}
