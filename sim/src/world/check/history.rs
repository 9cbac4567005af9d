//! What the users did and saw: every operation with its invocation, its answers and its outcome.

use crate::world::{plan::Action, record::Outcome};

/// One definite answer to one request of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// One click of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientOp {
    /// The operation's place in the workload; none, for a write that only the network repeated.
    pub operation: Option<usize>,
    /// Who.
    pub user: i64,
    /// What.
    pub action: Action,
    /// To which article.
    pub article: i64,
    /// Under which key.
    pub key: Option<String>,
    /// The place of its invocation among the events.
    pub invoked: usize,
    /// The place of its return; the end of time while it has not returned.
    pub returned: usize,
    /// Definite answers, in order.
    pub attempts: Vec<Attempt>,
    /// What the user knows.
    pub outcome: Outcome,
}

impl ClientOp {
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
    /// All of them, in the order of their invocations.
    #[must_use]
    pub fn ops(&self) -> &[ClientOp] {
        &self.ops
    }

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

#[cfg(test)]
impl ClientOp {
    /// An operation made by hand: invoked and returned at these places, with this answer.
    pub(crate) fn of(
        action: Action,
        invoked: usize,
        returned: usize,
        status: u16,
        body: &str,
    ) -> Self {
        Self {
            operation: Some(0),
            user: 1,
            action,
            article: 1,
            key: None,
            invoked,
            returned,
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
