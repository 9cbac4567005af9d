//! The history of the clients: every operation with its invocation, its answers and its outcome.
//!
//! A history is what a client can know. Whether a request without an answer had an effect is not in it; the checks
//! must allow for both.

use bytes::Bytes;
use http::Request;

use crate::{plan::Fields, record::Outcome};

/// One definite answer to one request of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// One read of the reader, with all its pages.
#[derive(Debug, Clone)]
pub struct Read {
    /// Its number.
    pub number: u64,
    /// Its first request.
    pub request: Request<Bytes>,
    /// The answer to each page, in order. Any status.
    pub answers: Vec<Attempt>,
}

/// One click of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOp {
    /// The operation's place in the workload. `None` for a copy that the network delivered.
    pub operation: Option<usize>,
    /// The number of its client.
    pub client: i64,
    /// What it does.
    pub what: Fields,
    /// The Idempotency-Key.
    pub key: Option<String>,
    /// Whether another operation of its client has the same key.
    pub shares_key: bool,
    /// The place of the event at which it was invoked.
    pub invoked: usize,
    /// The place of the event at which it returned; `usize::MAX` until then.
    pub returned: usize,
    /// The definite answers, in order.
    pub attempts: Vec<Attempt>,
    /// The outcome, as far as the client knows it.
    pub outcome: Outcome,
}

impl ClientOp {
    /// A copy of a write without a key, which the network host will deliver. It is a new write of unknown outcome: a key
    /// would make it a repeat.
    #[must_use]
    pub fn unkeyed_copy(client: i64, what: Fields) -> Self {
        Self {
            operation: None,
            client,
            what,
            key: None,
            shares_key: false,
            invoked: 0,
            returned: usize::MAX,
            attempts: Vec::new(),
            outcome: Outcome::Unknown,
        }
    }

    /// The last definite answer.
    #[must_use]
    pub fn answer(&self) -> Option<&Attempt> {
        self.attempts.last()
    }
}

/// Every operation of a run.
#[derive(Debug, Clone, Default)]
pub struct History {
    ops: Vec<ClientOp>,
}

impl History {
    /// The operations, in the order of their invocations.
    #[must_use]
    pub fn ops(&self) -> &[ClientOp] {
        &self.ops
    }

    /// Places are stable: operations are never removed.
    pub(super) fn push(&mut self, op: ClientOp) -> usize {
        self.ops.push(op);
        self.ops.len() - 1
    }

    pub(super) fn close(
        &mut self,
        place: usize,
        attempts: Vec<Attempt>,
        outcome: Outcome,
        event: usize,
    ) -> &ClientOp {
        let op = &mut self.ops[place];
        op.attempts = attempts;
        op.outcome = outcome;
        op.returned = event;
        op
    }
}

impl ClientOp {
    /// An operation of client 1 with this answer, for tests of invariants. It does nothing: set `what`.
    #[must_use]
    pub fn answered(status: u16, body: &str) -> Self {
        Self {
            operation: Some(0),
            client: 1,
            what: Fields::new(),
            key: None,
            shares_key: false,
            invoked: 1,
            returned: 2,
            attempts: vec![Attempt {
                status,
                body: body.to_owned(),
            }],
            outcome: if status == 200 {
                Outcome::Ok
            } else {
                Outcome::Fail
            },
        }
    }
}
