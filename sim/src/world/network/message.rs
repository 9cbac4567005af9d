//! What a request asks for. Faults, events and checks read it here, from the path and the body, in the same way.

use crate::likes::names::{ARTICLE_SERVICE, CHECK_ARTICLE, CHECK_LIKE, LIKE, UNLIKE};
use std::borrow::Cow;

use bytes::Bytes;
use http::{Method, Request, header};
use likewise_saga::protocol::{Op, StepRequest};
use serde::Deserialize;

use crate::world::{
    plan::{Action, Host, MessageKind},
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
    pub fn of(request: &Request<Bytes>) -> Self {
        let steps = match request.uri().path() {
            "/v1/steps" => serde_json::from_slice(request.body()).unwrap_or_default(),
            _ => Vec::new(),
        };
        Self::with(request, steps)
    }

    /// Reads a request whose steps the caller knows. Saves parsing the body.
    #[must_use]
    pub fn with(request: &Request<Bytes>, steps: Vec<StepRequest>) -> Self {
        let path = request.uri().path();
        let to = to(request);
        Self {
            to,
            what: kind(to, request.method(), path, &steps),
            steps,
        }
    }
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

/// The user, action and article of a client's write without an Idempotency-Key. `None` for any other request.
///
/// Each delivery of such a write is a new write, so the checks must know of every copy.
#[must_use]
pub fn unkeyed(request: &Request<Bytes>) -> Option<(i64, Action, i64)> {
    let headers = request.headers();
    if headers.contains_key("Idempotency-Key") {
        return None;
    }
    let user = headers.get("X-User-ID")?.to_str().ok()?.parse().ok()?;
    let action = match *request.method() {
        Method::POST => Action::Like,
        Method::PUT => Action::KeepLiked,
        Method::DELETE => Action::Unlike,
        _ => return None,
    };
    let mut path = request
        .uri()
        .path()
        .split('/')
        .skip_while(|part| *part != "articles");
    Some((user, action, path.nth(1)?.parse().ok()?))
}

/// A batch may contain several operations. It counts as a compensation if it has one, else as a seal, so that a fault
/// at the first compensation finds it also in a mixed batch.
fn kind(to: Host, method: &Method, path: &str, steps: &[StepRequest]) -> MessageKind {
    let has = |op| steps.iter().any(|step| step.op == op);
    if has(Op::Undo) {
        MessageKind::UNDO
    } else if has(Op::Seal) {
        MessageKind::SEAL
    } else if has(Op::Do) {
        MessageKind::DO
    } else if path.ends_with("/like") || (path.ends_with("/likes/me") && method == Method::PUT) {
        LIKE
    } else if path.ends_with("/likes/me") && method == Method::DELETE {
        UNLIKE
    } else if path == "/v1/lookups" {
        match to.service() {
            Some(ARTICLE_SERVICE) => CHECK_ARTICLE,
            _ => CHECK_LIKE,
        }
    } else {
        MessageKind::OTHER
    }
}

/// Whether a request that has arrived is a like or an unlike.
#[must_use]
pub fn is_like<B>(request: &Request<B>) -> bool {
    let path = request.uri().path();
    request.method() != Method::GET && (path.ends_with("/like") || path.ends_with("/likes/me"))
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

/// The parts of a step's reply that events show. The result is left out.
#[derive(Deserialize)]
struct Answer<'a> {
    reply: &'a str,
    code: Option<Cow<'a, str>>,
}

/// The replies to a batch, each in a word. Empty if the body cannot be read.
#[must_use]
pub fn replies(body: &[u8]) -> Vec<Word> {
    let answers: Vec<Answer<'_>> = serde_json::from_slice(body).unwrap_or_default();
    answers.into_iter().map(reply_word).collect()
}

fn reply_word(answer: Answer<'_>) -> Word {
    const WORDS: [&str; 4] = ["done", "undone", DEAD, "mismatch"];
    match (answer.reply, answer.code) {
        ("refused", Some(code)) => format!("refused: {code}").into(),
        (reply, _) => match WORDS.into_iter().find(|word| *word == reply) {
            Some(word) => word.into(),
            None => reply.to_owned().into(),
        },
    }
}
