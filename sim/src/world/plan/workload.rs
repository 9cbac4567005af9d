//! The workload: what the simulated clients do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The action of an operation.
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

/// One operation of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// The user.
    pub user: i64,
    /// The action.
    pub action: Action,
    /// The article, from 1.
    pub article: u32,
    /// When it starts, in milliseconds after the workload began. It waits for the end of the user's previous operation.
    pub at_millis: u64,
    /// Whether it carries an Idempotency-Key, which makes its repeats one operation.
    pub keyed: bool,
    /// How many requests it sends concurrently: 2 is a double click.
    pub clicks: u32,
    /// How long the client waits for an answer.
    #[serde(rename = "patience_millis")]
    pub timeout_millis: u64,
    /// How often the client retries after no answer, or after one that does not tell the outcome.
    pub retries: u32,
}

impl Operation {
    /// An operation with a key, one click, a long time-out and two retries.
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
