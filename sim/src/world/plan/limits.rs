//! The limits of the coordinator in a plan. Tight limits soon give refusals and parked sagas.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The limits of the coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// NoReply attempts at one request, in a row, after which its saga is parked.
    pub park_after: u32,
    /// The most requests and sagas that may be open. One more is refused.
    pub open_max: u32,
    /// The most requests that are executed concurrently. The others wait.
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
