//! How much the coordinator of a plan bears: a plan with little room meets refusals and parked sagas soon.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the coordinator is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Attempts at one request that get no answer, in a row, before its saga is parked.
    pub park_after: u32,
    /// Requests and sagas that are open at most: one more is refused.
    pub open_max: u32,
    /// Requests that are worked on at once; the others wait.
    pub at_once_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            park_after: 10,
            open_max: 1_024,
            at_once_max: 256,
        }
    }
}
