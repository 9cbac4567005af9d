//! A step that was sent, as the checks keep it: its arguments stay the text that they were.
//!
//! A run sends thousands of steps, and few are ever looked at again: to read the arguments of each, and to keep them as
//! values, cost a twentieth of a run.

use std::sync::Arc;

use bytes::Bytes;
use likewise::{
    id::{SagaId, StepIndex},
    saga::{Op, StepRequest},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A step that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentStep {
    /// The saga.
    pub saga: SagaId,
    /// The step's place in its definition.
    pub step: StepIndex,
    /// What was asked.
    pub op: Op,
    /// JSON. A copy: a slice would keep its whole message.
    args: Arc<str>,
    fingerprint: i64,
}

/// A step in a body: [`StepRequest`] with arguments that nobody has read.
#[derive(Serialize, Deserialize)]
struct Text<'t> {
    saga: SagaId,
    step: StepIndex,
    op: Op,
    #[serde(borrow)]
    args: &'t RawValue,
    fingerprint: i64,
}

impl SentStep {
    /// The steps of a request's body; none, if it is not a batch of steps.
    #[must_use]
    pub fn all(body: &Bytes) -> Vec<Self> {
        let texts: Vec<Text<'_>> = serde_json::from_slice(body).unwrap_or_default();
        let step = |text: Text<'_>| Self {
            saga: text.saga,
            step: text.step,
            op: text.op,
            args: text.args.get().into(),
            fingerprint: text.fingerprint,
        };
        texts.into_iter().map(step).collect()
    }

    /// The body of a request that sends these steps.
    #[must_use]
    pub fn body(steps: &[Self]) -> Bytes {
        let texts: Option<Vec<Text<'_>>> = steps.iter().map(Self::text).collect();
        let body = texts.and_then(|texts| serde_json::to_vec(&texts).ok());
        body.unwrap_or_default().into()
    }

    fn text(&self) -> Option<Text<'_>> {
        Some(Text {
            saga: self.saga,
            step: self.step,
            op: self.op,
            args: serde_json::from_str(&self.args).ok()?,
            fingerprint: self.fingerprint,
        })
    }

    /// The whole request; nothing, if its arguments are no JSON.
    #[must_use]
    pub fn request(&self) -> Option<StepRequest> {
        Some(StepRequest {
            saga: self.saga,
            step: self.step,
            op: self.op,
            args: serde_json::from_str(&self.args).ok()?,
            fingerprint: self.fingerprint,
        })
    }
}

impl From<&StepRequest> for SentStep {
    fn from(request: &StepRequest) -> Self {
        Self {
            saga: request.saga,
            step: request.step,
            op: request.op,
            args: request.args.to_string().into(),
            fingerprint: request.fingerprint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(op: Op) -> StepRequest {
        StepRequest {
            saga: SagaId(uuid::Uuid::from_u128(7)),
            step: 1,
            op,
            args: serde_json::json!({ "user_id": 1, "text": "a ] \" b" }).into(),
            fingerprint: -5,
        }
    }

    #[test]
    fn steps_are_sent_again_as_they_were() {
        let requests = [Op::Do, Op::Undo, Op::Seal].map(request);
        let body = Bytes::from(serde_json::to_vec(&requests).unwrap());
        let steps = SentStep::all(&body);
        assert_eq!(SentStep::body(&steps), body);
        assert_eq!(SentStep::body(&[]), "[]");
        for (step, request) in steps.iter().zip(&requests) {
            assert_eq!(
                (step.saga, step.step, step.op),
                (request.saga, 1, request.op)
            );
            assert_eq!(step.request().as_ref(), Some(request));
            assert_eq!(*step, SentStep::from(request));
        }
        assert_eq!(steps.len(), 3);
    }

    #[test]
    fn what_is_no_batch_has_no_steps() {
        let body = serde_json::to_vec(&[request(Op::Do)]).unwrap();
        for text in [&b"{}"[..], b"[1]", &body[..body.len() - 1]] {
            assert_eq!(SentStep::all(&Bytes::copy_from_slice(text)), []);
        }
    }
}
