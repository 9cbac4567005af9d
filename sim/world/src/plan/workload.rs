//! The workload: what the simulated clients do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The fields that a system defines: what an operation does, or what a set-up makes.
///
/// They are written beside the fields of a plan, of an operation and of an event. So their names must differ from those, for
/// example from `name`, `host`, `event`, `key` and `click`.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// How long a client waits for an answer, unless the plan says otherwise.
const TIMEOUT_MILLIS: u64 = 15_000;
/// How often a client retries, unless the plan says otherwise.
const RETRIES: u32 = 2;

/// One operation of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    /// What it does. The system defines and validates the fields.
    #[serde(flatten)]
    pub what: Fields,
    /// When it starts, in milliseconds after the workload began. It waits for the end of its client's previous operations,
    /// unless it `overlaps`.
    pub at_millis: u64,
    /// Whether it starts at its time although its client's previous operation is not done. Older plans have no such operation.
    #[serde(default, skip_serializing_if = "is_false")]
    pub overlaps: bool,
    /// Whether it carries an Idempotency-Key, which makes its repeats one operation.
    pub keyed: bool,
    /// The key, if it is not one that no other operation has. Operations that name the same key share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How many requests it sends concurrently: 2 is a double click.
    pub clicks: u32,
    /// How long the client waits for an answer.
    #[serde(rename = "patience_millis")]
    pub timeout_millis: u64,
    /// How often the client retries after no answer, or after one that does not tell the outcome.
    pub retries: u32,
}

impl Operation {
    /// The Idempotency-Key of the operation at this place of the workload. `None` if it has none.
    #[must_use]
    pub fn key_at(&self, place: usize) -> Option<String> {
        let own = || format!("op-{place}");
        self.keyed.then(|| self.key.clone().unwrap_or_else(own))
    }

    /// An operation with a key, one click, a long time-out and two retries.
    #[must_use]
    pub fn new(what: Fields, at_millis: u64) -> Self {
        Self {
            what,
            at_millis,
            overlaps: false,
            keyed: true,
            key: None,
            clicks: 1,
            timeout_millis: TIMEOUT_MILLIS,
            retries: RETRIES,
        }
    }

    /// Lets it wait for the previous one, and gives it the key, the clicks and the time-out of a plain operation, and no
    /// retries.
    pub fn simplify(&mut self) {
        let plain = Self::new(Fields::new(), 0);
        self.overlaps = plain.overlaps;
        self.key = plain.key;
        self.keyed = plain.keyed;
        self.clicks = plain.clicks;
        self.timeout_millis = plain.timeout_millis;
        self.retries = 0;
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}
