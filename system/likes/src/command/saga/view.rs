//! The JSON of the admin API, as far as it is printed. Fields that a server does not send are empty: a newer client shows what an
//! older server knows.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A field that may be null: what a saga does not have, or what cannot be read.
fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A page of sagas.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    pub(super) sagas: Vec<Summary>,
    /// The path of the next page.
    pub(super) next: Option<String>,
}

/// A saga in a list.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Summary {
    #[serde(deserialize_with = "or_empty")]
    pub(super) id: String,
    #[serde(deserialize_with = "or_empty")]
    pub(super) kind: String,
    pub(super) subject: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub(super) status: String,
    pub(super) parked: bool,
    pub(super) paused: bool,
    /// What the pause is of: `saga`, or a scope and a name.
    pub(super) paused_by: Option<String>,
    pub(super) past_deadline: bool,
    /// `abort` or `force_complete`, if an operator has ordered it.
    pub(super) directive: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) deadline_at: Option<String>,
    #[serde(deserialize_with = "or_empty")]
    pub(super) age_seconds: u64,
    pub(super) cause: Option<Cause>,
    pub(super) attempts: u64,
    pub(super) last_error: Option<String>,
    pub(super) next_attempt_at: Option<String>,
}

/// What holds a saga up.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Cause {
    pub(super) kind: String,
    /// One sentence.
    pub(super) text: String,
}

/// A saga with both truths about its steps.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Detail {
    #[serde(flatten)]
    pub(super) saga: Summary,
    pub(super) args: Value,
    pub(super) outcome: Value,
    /// How it ended, in words.
    pub(super) outcome_text: Option<String>,
    /// The epoch of the last write to the log.
    pub(super) epoch: Option<i64>,
    pub(super) steps: Vec<Step>,
    /// The worst of the steps.
    #[serde(deserialize_with = "or_empty")]
    pub(super) verdict: String,
    pub(super) actions: Actions,
}

/// A step.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Step {
    pub(super) step: u64,
    pub(super) name: String,
    pub(super) service: String,
    pub(super) believed: Believed,
    /// Whether certainly no request for it was sent.
    pub(super) never_sent: bool,
    pub(super) barrier: Option<Barrier>,
    /// Why the row was not read.
    pub(super) barrier_error: Option<String>,
    pub(super) verdict: String,
}

/// What the log's leader believes.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Believed {
    pub(super) state: String,
    pub(super) code: Option<String>,
    pub(super) attempts: u64,
    pub(super) undo_attempts: u64,
}

/// What the service has stored.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Barrier {
    pub(super) state: String,
    pub(super) result: Option<String>,
    pub(super) below_watermark: bool,
}

/// Which actions are possible.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Actions {
    pub(super) retry: Possible,
    pub(super) abort: Possible,
    pub(super) force_complete: Possible,
    pub(super) pause: Possible,
    pub(super) resume: Possible,
}

/// Whether an action is possible.
#[derive(Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct Possible {
    pub(super) allowed: bool,
    /// Why not.
    pub(super) why: Option<String>,
}

/// What an action would do.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Preview {
    pub(super) allowed: bool,
    pub(super) why: Option<String>,
    pub(super) messages: Vec<Message>,
    pub(super) end: String,
    pub(super) end_text: Option<String>,
    /// What an operator may not expect.
    pub(super) warning: Option<String>,
}

/// A request that would be sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Message {
    pub(super) step: Value,
    pub(super) service: String,
    pub(super) op: String,
}

/// What was ordered.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Ordered {
    /// The number of its entry in the audit.
    pub(super) audit: u64,
}

/// A page of the audit.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditPage {
    pub(super) entries: Vec<AuditEntry>,
    pub(super) next: Option<String>,
}

/// An action that somebody took.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditEntry {
    pub(super) number: u64,
    pub(super) at: String,
    pub(super) actor: String,
    pub(super) action: String,
    pub(super) scope: String,
    pub(super) target: String,
    pub(super) reason: String,
    pub(super) batch: Value,
    pub(super) before: Value,
    pub(super) after: Value,
}
