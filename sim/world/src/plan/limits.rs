//! The limits of the system in a plan. Tight limits soon give refusals, parked sagas, full batches and full queues.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The limits of the coordinator, and of the batches and queues of every service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Attempts at one request without a reply, in a row, after which its saga is parked.
    pub park_after: u32,
    /// The most requests and sagas that may be open. One more is refused.
    pub open_max: u32,
    /// The most requests that are executed concurrently. The others wait.
    pub at_once_max: u32,
    /// The most connections that are served at one time. Over it, health is answered, and all else gets 503.
    #[serde(default = "connections_max", skip_serializing_if = "is_usual")]
    pub connections_max: u32,
    /// The most entries or steps in one batch: of the saga log, of a request to a participant, of a participant's transaction.
    /// Missing: as many as in production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_max: Option<u32>,
    /// The most items that wait in each queue in front of such a batch. One more is refused. Missing: as many as in production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_max: Option<u32>,
}

impl Limits {
    /// Whether they are so wide that the coordinator refuses no operation because of them. A parked saga and a small batch refuse
    /// none.
    #[must_use]
    pub fn are_wide(&self) -> bool {
        let usual = Self::default();
        usual
            == Self {
                park_after: usual.park_after,
                batch_max: usual.batch_max,
                ..*self
            }
    }
}

fn connections_max() -> u32 {
    Limits::default().connections_max
}

/// Whether the limit is the default. Then plans do not mention it.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_usual(connections: &u32) -> bool {
    *connections == connections_max()
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            park_after: 10,
            open_max: 1_024,
            at_once_max: 256,
            // The product's own.
            connections_max: 8_192,
            batch_max: None,
            queue_max: None,
        }
    }
}
