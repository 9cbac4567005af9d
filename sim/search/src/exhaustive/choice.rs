//! Which combinations of faults a search runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which combinations of faults a search runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum Choice {
    /// Every unordered pair of different faults.
    Pairs,
    /// Random triples of different faults. Each triple is drawn independently, so one may occur twice.
    Triples {
        /// How many.
        count: u64,
        /// The seed of the draws.
        seed: u64,
    },
}

impl Choice {
    /// The number of faults in one combination.
    #[must_use]
    pub fn size(self) -> u64 {
        match self {
            Self::Pairs => 2,
            Self::Triples { .. } => 3,
        }
    }

    /// The name in reports and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pairs => "pairs",
            Self::Triples { .. } => "triples",
        }
    }
}
