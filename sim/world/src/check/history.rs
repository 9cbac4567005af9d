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

    /// Whether it is the same request as this one, under the same key.
    fn repeats(&self, first: &Self) -> bool {
        let same_key = self.key.is_some() && self.key == first.key;
        same_key && self.client == first.client && self.what == first.what
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

    /// What the clients asked for, with the outcome. The same under one key is one operation, whatever the number of its clicks;
    /// its outcome is the first one that is known.
    #[must_use]
    pub fn operations(&self) -> Vec<(&Fields, Outcome)> {
        let mut operations: Vec<(&ClientOp, Outcome)> = Vec::new();
        for op in &self.ops {
            let mut known = operations.iter_mut();
            match known.find(|(first, _)| op.repeats(first)) {
                Some((_, outcome)) if *outcome == Outcome::Unknown => *outcome = op.outcome,
                Some(_) => {}
                None => operations.push((op, op.outcome)),
            }
        }
        let operations = operations.into_iter();
        operations.map(|(op, out)| (&op.what, out)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn op(key: Option<&str>, client: i64, outcome: Outcome) -> ClientOp {
        let key = key.map(str::to_owned);
        let copy = ClientOp::unkeyed_copy(client, Fields::new());
        ClientOp {
            key,
            outcome,
            ..copy
        }
    }

    #[test]
    fn clicks_under_one_key_are_one_operation_with_the_outcome_that_is_known() {
        use Outcome::{Fail, Ok, Unknown};
        let mut history = History::default();
        for op in [
            op(Some("a"), 1, Unknown),
            op(Some("a"), 1, Ok),
            op(Some("a"), 2, Fail),
            op(Some("b"), 1, Fail),
            op(None, 1, Ok),
            op(None, 1, Unknown),
        ] {
            history.push(op);
        }
        let operations = history.operations().into_iter();
        let outcomes: Vec<Outcome> = operations.map(|(_, outcome)| outcome).collect();
        assert_eq!(outcomes, [Ok, Fail, Fail, Ok, Unknown]);
    }
}
