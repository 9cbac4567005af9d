//! What a request is: read from its path and body, the same way for faults, traces and checks.

use bytes::Bytes;
use http::{Method, Request};
use likewise::saga::{Op, StepReply, StepRequest};

use crate::plan::{Action, Host, MessageKind, Service};

/// A request, as the world sees it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Where it goes.
    pub to: Host,
    /// What it asks for.
    pub what: MessageKind,
    /// Its method and path.
    pub path: String,
    /// Its steps, if it is a batch.
    pub steps: Vec<StepRequest>,
    /// The user, action and article of a client's write that carries no Idempotency-Key.
    pub unkeyed: Option<(i64, Action, i64)>,
}

impl Message {
    /// Reads a request.
    #[must_use]
    pub fn of(request: &Request<Bytes>) -> Self {
        let path = request.uri().path();
        let steps: Vec<StepRequest> = match path {
            "/v1/steps" => serde_json::from_slice(request.body()).unwrap_or_default(),
            _ => Vec::new(),
        };
        let host = request.uri().host().and_then(Host::named);
        let to = host.unwrap_or(Host::Network);
        Self {
            to,
            what: kind(to, request.method(), path, &steps),
            path: format!("{} {path}", request.method()),
            unkeyed: unkeyed(request),
            steps,
        }
    }
}

/// A write that has no key is a new one each time it arrives.
fn unkeyed(request: &Request<Bytes>) -> Option<(i64, Action, i64)> {
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

fn kind(to: Host, method: &Method, path: &str, steps: &[StepRequest]) -> MessageKind {
    let has = |op| steps.iter().any(|step| step.op == op);
    if has(Op::Undo) {
        MessageKind::Undo
    } else if has(Op::Seal) {
        MessageKind::Seal
    } else if has(Op::Do) {
        MessageKind::Do
    } else if path.ends_with("/like") || (path.ends_with("/likes/me") && method == Method::PUT) {
        MessageKind::Like
    } else if path.ends_with("/likes/me") && method == Method::DELETE {
        MessageKind::Unlike
    } else if path == "/v1/lookups" {
        match to.service() {
            Some(Service::Article) => MessageKind::CheckArticle,
            _ => MessageKind::CheckLike,
        }
    } else {
        MessageKind::Other
    }
}

/// The replies of a batch.
#[must_use]
pub fn replies(body: &[u8]) -> Vec<StepReply> {
    serde_json::from_slice(body).unwrap_or_default()
}

/// What a step was asked, in a word.
#[must_use]
pub fn op_word(op: Op) -> &'static str {
    match op {
        Op::Do => "do",
        Op::Undo => "undo",
        Op::Seal => "seal",
    }
}

/// What was answered, in a word.
#[must_use]
pub fn reply_word(reply: &StepReply) -> String {
    match reply {
        StepReply::Done { .. } => "done".to_owned(),
        StepReply::Refused { code } => format!("refused: {code}"),
        StepReply::Undone => "undone".to_owned(),
        StepReply::Dead => "dead".to_owned(),
        StepReply::Mismatch => "mismatch".to_owned(),
    }
}
