//! The kinds of messages, as plans and records name them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a message asks for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A like of a client.
    Like,
    /// An unlike of a client.
    Unlike,
    /// A lookup of the coordinator: does the article exist?
    CheckArticle,
    /// A lookup of the coordinator: does the user like the article already?
    CheckLike,
    /// A batch with an action.
    Do,
    /// A batch with a compensation.
    Undo,
    /// A batch with a seal.
    Seal,
    /// Anything else.
    Other,
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Like => "like",
            Self::Unlike => "unlike",
            Self::CheckArticle => "check article",
            Self::CheckLike => "check like",
            Self::Do => "do",
            Self::Undo => "undo",
            Self::Seal => "seal",
            Self::Other => "other",
        })
    }
}
