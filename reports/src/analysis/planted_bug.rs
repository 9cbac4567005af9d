//! The result for one planted bug: whether the harness catches a deliberately wrong system.
//!
//! Planted bugs show that the checks can fail. One of them, the control, is unusual but correct and must not be caught.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The result for one planted bug, or for the control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SpecimenResult")]
pub struct PlantedBugResult {
    /// Its name.
    pub name: String,
    /// What is wrong with it, in one sentence.
    pub flaw: String,
    /// Whether it is the control: correct, and not to be caught.
    pub is_control: bool,
    /// Whether one of the expected properties caught it.
    pub caught: bool,
    /// The properties that it violated; the one that explains it best first.
    pub by: Vec<String>,
    /// The properties that should catch it.
    pub expected: Vec<String>,
    /// Whether the product passes the same plan. If not, the violation does not prove that the planted bug was seen.
    pub product_green: bool,
    /// Where its plan comes from.
    #[serde(rename = "way")]
    pub origin: PlanOrigin,
    /// Plans that were run until it was caught, or in all.
    pub plans: u64,
    /// Faults in the plan that caught it.
    pub faults: u64,
    /// The run in three sentences; empty if nothing was violated.
    pub explanation: Vec<String>,
    /// The command that replays the run.
    pub replay: String,
    /// The folder of its run, relative to the campaign's, if the run was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// How many plans each search needs to find it, if this campaign measured that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measured: Vec<DetectionFigures>,
    /// The same figures as last published. Measuring them takes hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedFigures>,
}

impl PlantedBugResult {
    /// Whether the result is correct: a planted bug is caught, the control is not, and the product passes.
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        let is_detected_correctly = match self.is_control {
            true => self.by.is_empty(),
            false => self.caught,
        };
        is_detected_correctly && self.product_green
    }
}

/// Detection figures that were measured earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Published")]
pub struct PublishedFigures {
    /// The day of the measurement.
    pub measured_on: String,
    /// The figures of each search.
    pub searches: Vec<DetectionFigures>,
}

/// Where a plan that catches a planted bug comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Way")]
pub enum PlanOrigin {
    /// The plan is kept with the planted bug.
    Own,
    /// A single fault at an injection point.
    Exhaustive,
    /// Generated from a seed.
    Seed,
}

/// How many plans one kind of search needs to find a planted bug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Search")]
pub struct DetectionFigures {
    /// The search: `exhaustive`, `swarm` or `fixed`.
    #[serde(rename = "way")]
    pub search: String,
    /// How often the search was started.
    pub starts: u64,
    /// How often it found the bug.
    pub caught: u64,
    /// The quartiles of the number of plans needed. `None`: too few searches found the bug.
    pub quartiles: [Option<u64>; 3],
}
