//! The messages between a coordinator and a participant: a request for one step, and its reply.
//!
//! Requests travel in batches, as JSON arrays. A request is safe to repeat: its key is `(saga, step, op)`.

use serde::{Deserialize, Deserializer, Serialize};

pub use likewise_barrier::{Op, StepKey};

use super::{Document, TraceContext, trace_context};
use likewise_barrier::{SagaId, StepIndex};

/// The largest number of steps in one batch. It bounds the transaction in every participant.
pub const BATCH_STEPS_MAX: usize = 256;

/// A request for one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRequest {
    /// The saga.
    pub saga: SagaId,
    /// The step's index in the saga's definition.
    pub step: StepIndex,
    /// The operation.
    pub op: Op,
    /// The action's arguments. `undo` and `seal` carry them too.
    pub args: Document,
    /// The fingerprint of the arguments. The same key with another fingerprint is refused.
    pub fingerprint: i64,
    /// The trace that the request belongs to. A batch carries steps of many traces. It decides nothing.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "trace_context::lenient"
    )]
    pub traceparent: Option<TraceContext>,
}

/// No usable reply arrived. The effect of the request is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoReply(pub String);

impl NoReply {
    /// What happened, without the cause after the first colon. A cause may be an error of the operating system, which no client
    /// should read.
    #[must_use]
    pub fn without_cause(&self) -> &str {
        self.0.split(": ").next().unwrap_or_default()
    }
}

impl StepRequest {
    /// The key of the barrier row.
    #[must_use]
    pub fn key(&self) -> StepKey {
        StepKey {
            saga: self.saga,
            step: self.step,
        }
    }
}

/// A participant's reply. It is sent only after the commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case", try_from = "ReplyFields")]
pub enum StepReply {
    /// The action's effect is durable. A repeated request gets the same result.
    Done {
        /// The result of the action.
        result: Document,
    },
    /// A business rule refused the action. This is durable: a repeated request gets the same reply.
    Refused {
        /// The code of the rule.
        code: String,
    },
    /// The compensation's effect is durable, or there was nothing to compensate.
    Undone,
    /// The step is tombstoned or undone. The action will never run.
    Dead,
    /// An earlier request with the same key had other arguments. Nothing was done.
    Mismatch,
    /// The saga is below the participant's retention watermark: it has ended, and its barrier rows may be deleted. Nothing was
    /// done, and nothing is said about what was done before.
    Stale,
}

impl StepReply {
    /// Its name in replies and log lines.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Refused { .. } => "refused",
            Self::Undone => "undone",
            Self::Dead => "dead",
            Self::Mismatch => "mismatch",
            Self::Stale => "stale",
        }
    }
}

/// The fields of a reply, in any order. serde would buffer the fields of a tagged enum as values until it has read the tag, and
/// so lose the text of the result.
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
    Stale,
}

/// A field that is present. Unlike for `Option`, `null` is a document.
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
            ReplyTag::Stale => Self::Stale,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_carries_its_trace_and_does_without_one_that_cannot_be_read() {
        let text = |traceparent: &str| {
            format!(
                r#"{{"saga":"00000000-0000-0000-0000-000000000007","step":0,"op":"do","args":null,"fingerprint":1{traceparent}}}"#
            )
        };
        let read =
            |traceparent: &str| serde_json::from_str::<StepRequest>(&text(traceparent)).unwrap();
        let traced = r#","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01""#;
        assert_eq!(serde_json::to_string(&read(traced)).unwrap(), text(traced));
        assert_eq!(serde_json::to_string(&read("")).unwrap(), text(""));
        for none in ["null", r#""00-x""#] {
            let none = format!(r#","traceparent":{none}"#);
            assert_eq!(read(&none).traceparent, None, "{none}");
        }
    }

    #[test]
    fn a_reply_survives_json_with_its_fields_in_any_order() {
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
            StepReply::Stale,
        ] {
            let text = serde_json::to_string(&reply).unwrap();
            assert_eq!(
                serde_json::from_str::<StepReply>(&text).unwrap(),
                reply,
                "{text}"
            );
        }
        let read = |text| serde_json::from_str::<StepReply>(text);
        let reordered = read(r#"{"result":1,"reply":"done"}"#).unwrap();
        assert_eq!(
            reordered,
            StepReply::Done {
                result: serde_json::Value::from(1).into()
            }
        );
        for (text, message) in [
            (r#"{"reply":"done"}"#, "missing field `result`"),
            (r#"{"reply":"refused"}"#, "missing field `code`"),
            (r#"{"reply":"later"}"#, "unknown variant `later`"),
            (r#"{"result":1}"#, "missing field `reply`"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
