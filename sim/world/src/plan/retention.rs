//! For how long the system of a plan keeps what has ended.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// For how long the system keeps sagas that have ended, in simulated milliseconds for which some coordinator led.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Sagas without a key, and what the participants keep of each saga. No shorter than the answer to a client may take.
    pub sagas_millis: u64,
    /// Sagas with a key. No shorter than the other ones. A client must not repeat a key later.
    pub keys_millis: u64,
}
