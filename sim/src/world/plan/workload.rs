//! What the simulated users do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a user wants.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// `POST /articles/{id}/like`
    Like,
    /// `PUT /v1/articles/{id}/likes/me`
    KeepLiked,
    /// `DELETE /v1/articles/{id}/likes/me`
    Unlike,
}

/// One thing a user does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Who.
    pub user: i64,
    /// What.
    pub action: Action,
    /// To which article, from 1.
    pub article: u32,
    /// Not before so many milliseconds after the workload began, and not before the user's
    /// previous operation has ended.
    pub at_millis: u64,
    /// Whether it carries an Idempotency-Key, so that its repeats are one operation.
    pub keyed: bool,
    /// How often it is sent at once: 2 is a double click.
    pub clicks: u32,
    /// How long the user waits for an answer.
    #[serde(rename = "patience_millis")]
    pub timeout_millis: u64,
    /// How often the user tries again after no answer, or after one that says so.
    pub retries: u32,
}

impl Operation {
    /// One keyed, patient operation.
    #[must_use]
    pub fn new(user: i64, action: Action, article: u32, at_millis: u64) -> Self {
        Self {
            user,
            action,
            article,
            at_millis,
            keyed: true,
            clicks: 1,
            timeout_millis: 15_000,
            retries: 2,
        }
    }
}
