//! The columns of the saga log that a fault can damage.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A column of a saga's row. The coordinator cannot drive the saga without any of them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum SagaColumn {
    /// The arguments.
    Args,
    /// What is known about the steps.
    Steps,
    /// The outcome.
    Outcome,
}

impl SagaColumn {
    /// All columns.
    pub const ALL: [Self; 3] = [Self::Args, Self::Steps, Self::Outcome];

    /// Its name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Args => "args",
            Self::Steps => "steps",
            Self::Outcome => "outcome",
        }
    }
}

impl fmt::Display for SagaColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
