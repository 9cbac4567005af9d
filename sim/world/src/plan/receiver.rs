//! The receiver of alerts in a plan: what it does with the messages that it gets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The receiver of alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// What it does with the first messages, in the order in which they arrive. It takes all others. The list goes on after the
    /// healing: with the pauses between attempts, only then are there several failures of one alert.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<ReceiverAnswer>,
}

/// What a receiver does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReceiverAnswer {
    /// It does not take it, and answers with this status. 410: it wants no more of it.
    Status {
        /// 300 to 599.
        status: u16,
    },
    /// It does not take it, and closes the connection in the middle of the answer.
    Close,
    /// It does not take it, and never answers.
    Never,
    /// It takes it, and answers late.
    Late {
        /// After this time.
        millis: u64,
    },
}
