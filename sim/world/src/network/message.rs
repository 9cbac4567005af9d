//! What a request asks for. Faults, events and checks read it here, from the path and the body, in the same way.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Method, Request, header};
use likewise_saga::protocol::{Op, StepRequest};
use serde::Deserialize;

use crate::{
    System,
    plan::{Host, MessageKind},
    process::admin::PREFIX,
    record::Word,
};

/// The direction from one host to another.
pub type Link = (Host, Host);

/// A request, as the world sees it.
#[derive(Debug, Clone)]
pub struct Message {
    /// The receiver.
    pub to: Host,
    /// What it asks for.
    pub what: MessageKind,
    /// Its steps, if it is a batch.
    pub steps: Vec<StepRequest>,
}

impl Message {
    /// Reads a request, with the steps of its body.
    ///
    /// A body that cannot be read has no steps. That happens if a fault truncated it.
    #[must_use]
    pub fn of(system: &dyn System, request: &Request<Bytes>) -> Self {
        let steps = match request.uri().path() {
            "/v1/steps" => serde_json::from_slice(request.body()).unwrap_or_default(),
            _ => Vec::new(),
        };
        Self::with(system, request, steps)
    }

    /// Reads a request whose steps the caller knows. Saves parsing the body.
    #[must_use]
    pub fn with(system: &dyn System, request: &Request<Bytes>, steps: Vec<StepRequest>) -> Self {
        let path = request.uri().path();
        let to = to(request);
        Self {
            to,
            what: match path {
                "/v1/watermarks" => MessageKind::WATERMARK,
                _ if to == Host::RECEIVER => MessageKind::ALERT,
                _ if is_order(request) => MessageKind::OPERATE,
                _ => kind_of_steps(&steps)
                    .unwrap_or_else(|| system.message_kind(to, request.method(), path)),
            },
            steps,
        }
    }
}

/// Whether a request is an order of an operator.
fn is_order(request: &Request<Bytes>) -> bool {
    request.method() == Method::POST && request.uri().path().starts_with(PREFIX)
}

/// A request's method and path, as events show them.
#[must_use]
pub fn path(request: &Request<Bytes>) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

/// The receiver of a request.
#[must_use]
pub fn to(request: &Request<Bytes>) -> Host {
    let host = request.uri().host().map(Host::named);
    host.unwrap_or(Host::NETWORK)
}

/// Whether a request carries an Idempotency-Key, so that each further delivery is a repeat. Without a key it is a new write.
#[must_use]
pub fn is_keyed(request: &Request<Bytes>) -> bool {
    request.headers().contains_key("Idempotency-Key")
}

/// What a batch of steps asks for. `None` if there are no steps.
///
/// A batch may contain several operations. It counts as a compensation if it has one, else as a seal, so that a fault
/// at the first compensation finds it also in a mixed batch.
fn kind_of_steps(steps: &[StepRequest]) -> Option<MessageKind> {
    let kinds = [
        (Op::Undo, MessageKind::UNDO),
        (Op::Seal, MessageKind::SEAL),
        (Op::Do, MessageKind::DO),
    ];
    let has = |op| steps.iter().any(|step| step.op == op);
    let first = kinds.into_iter().find(|(op, _)| has(*op));
    first.map(|(_, kind)| kind)
}

/// Whether a request declares a body.
#[must_use]
pub fn declares_body<B>(request: &Request<B>) -> bool {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.is_some_and(|length| length != "0")
}

/// The word for an operation on a step.
#[must_use]
pub fn op_word(op: Op) -> &'static str {
    match op {
        Op::Do => "do",
        Op::Undo => "undo",
        Op::Seal => "seal",
    }
}

/// The word for an action that will never run.
pub const DEAD: &str = "dead";

/// The word for a step of a saga below the retention watermark.
pub const STALE: &str = "stale";

/// The parts of a step's reply that events show. The result is left out.
#[derive(Deserialize)]
struct Answer<'a> {
    reply: &'a str,
    code: Option<Cow<'a, str>>,
}

/// What stands for the reply to a step that could not be applied: the sender sends it again.
pub const NOT_APPLIED: &str = "not applied";

/// The replies to a batch, each in a word. Empty if the body cannot be read.
#[must_use]
pub fn replies(body: &[u8]) -> Vec<Word> {
    let answers: Vec<Option<Answer<'_>>> = serde_json::from_slice(body).unwrap_or_default();
    let word = |answer: Option<Answer<'_>>| answer.map_or(NOT_APPLIED.into(), reply_word);
    answers.into_iter().map(word).collect()
}

fn reply_word(answer: Answer<'_>) -> Word {
    const WORDS: [&str; 5] = ["done", "undone", DEAD, "mismatch", STALE];
    match (answer.reply, answer.code) {
        ("refused", Some(code)) => format!("refused: {code}").into(),
        (reply, _) => match WORDS.into_iter().find(|word| *word == reply) {
            Some(word) => word.into(),
            None => reply.to_owned().into(),
        },
    }
}
