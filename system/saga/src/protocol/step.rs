//! The wire protocol between coordinator and services: one step of a saga, asked for in a way
//! that is safe to repeat.

use serde::{Deserialize, Deserializer, Serialize};

pub use likewise_barrier::{Op, StepKey};

use super::document::Document;
use crate::id::{SagaId, StepIndex};

/// The most steps one request may carry: bounds a transaction in every service.
pub const BATCH_STEPS_MAX: usize = 256;

/// One request to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRequest {
    /// The saga.
    pub saga: SagaId,
    /// The step's place in its definition.
    pub step: StepIndex,
    /// What is asked.
    pub op: Op,
    /// The action's arguments, also sent with `undo` and `seal`.
    pub args: Document,
    /// Of the arguments; the same key with another fingerprint is refused.
    pub fingerprint: i64,
}

/// No usable answer came: the effect is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

impl StepRequest {
    /// What the request is about.
    #[must_use]
    pub fn key(&self) -> StepKey {
        StepKey {
            saga: self.saga,
            step: self.step,
        }
    }
}

/// A service's answer, sent only after its commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case", try_from = "ReplyFields")]
pub enum StepReply {
    /// The action's effect is durable; a repeat gets the same result.
    Done {
        /// What the action returned.
        result: Document,
    },
    /// A business rule said no; durable, a repeat gets the same answer.
    Refused {
        /// Which rule.
        code: String,
    },
    /// The compensation's effect is durable, also when there was nothing to take back.
    Undone,
    /// The step was tombstoned or undone: this action will never run.
    Dead,
    /// The same key came with other arguments before; nothing was done.
    Mismatch,
}

/// The fields of a reply, which may come in any order. A tagged enum would keep them all until it has met its tag.
#[derive(Deserialize)]
struct ReplyFields {
    reply: ReplyTag,
    #[serde(default, deserialize_with = "present")]
    result: Option<Document>,
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReplyTag {
    Done,
    Refused,
    Undone,
    Dead,
    Mismatch,
}

/// A document that is there, `null` among them.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Document>, D::Error> {
    Document::deserialize(deserializer).map(Some)
}

impl TryFrom<ReplyFields> for StepReply {
    type Error = &'static str;

    fn try_from(fields: ReplyFields) -> Result<Self, Self::Error> {
        Ok(match fields.reply {
            ReplyTag::Done => Self::Done {
                result: fields.result.ok_or("missing field `result`")?,
            },
            ReplyTag::Refused => Self::Refused {
                code: fields.code.ok_or("missing field `code`")?,
            },
            ReplyTag::Undone => Self::Undone,
            ReplyTag::Dead => Self::Dead,
            ReplyTag::Mismatch => Self::Mismatch,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_the_same_after_the_wire_in_any_order_of_its_fields() {
        let code = "user_blocked".to_owned();
        for reply in [
            StepReply::Done {
                result: serde_json::json!({"likes": 3}).into(),
            },
            StepReply::Done {
                result: Document::default(),
            },
            StepReply::Refused { code },
            StepReply::Undone,
            StepReply::Dead,
            StepReply::Mismatch,
        ] {
            let text = serde_json::to_string(&reply).unwrap();
            assert_eq!(
                serde_json::from_str::<StepReply>(&text).unwrap(),
                reply,
                "{text}"
            );
        }
        let read = |text| serde_json::from_str::<StepReply>(text);
        let backwards = read(r#"{"result":1,"reply":"done"}"#).unwrap();
        assert_eq!(
            backwards,
            StepReply::Done {
                result: serde_json::Value::from(1).into()
            }
        );
        for (text, says) in [
            (r#"{"reply":"done"}"#, "missing field `result`"),
            (r#"{"reply":"refused"}"#, "missing field `code`"),
            (r#"{"reply":"later"}"#, "unknown variant `later`"),
            (r#"{"result":1}"#, "missing field `reply`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
