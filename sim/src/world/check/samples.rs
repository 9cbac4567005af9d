//! Hand-built histories for the tests of the checks: changed rows and what the clients saw, without a simulation.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Checker, ClientOp, Findings, Invariant, Property};
use crate::world::{
    plan::{Action, Host, Plan},
    record::{Change, ChangeOp, Outcome, PropertyStatus},
};

/// A checker with a hand-built history.
pub(crate) struct Sample(Checker);

impl Sample {
    /// A checker with this invariant alone.
    pub(crate) fn of(invariant: impl Invariant + 'static) -> Self {
        Self(Checker::new(&Plan::new(""), &[], vec![Box::new(invariant)]))
    }

    /// A checker without invariants, for properties that the checker judges itself.
    pub(crate) fn bare() -> Self {
        Self(Checker::new(&Plan::new(""), &[], Vec::new()))
    }

    /// A process starts.
    pub(crate) fn start(mut self, host: Host) -> Self {
        self.0.process_started(host, Duration::ZERO);
        self
    }

    /// One commit with these changes.
    pub(crate) fn commit(mut self, host: Host, changes: &[Change]) -> Self {
        self.0.committed(host, changes, 0);
        self
    }

    /// A client sends a request and gets an answer.
    pub(crate) fn op(mut self, op: ClientOp) -> Self {
        let (attempts, outcome, returned) = (op.attempts.clone(), op.outcome, op.returned);
        let place = self.0.invoked(op);
        self.0.returned(place, attempts, outcome, returned);
        self
    }

    /// A client sends a request, a service commits, and the client gets an answer.
    pub(crate) fn op_during(mut self, op: ClientOp, host: Host, commits: &[&[Change]]) -> Self {
        let (attempts, outcome, returned) = (op.attempts.clone(), op.outcome, op.returned);
        let place = self.0.invoked(op);
        for changes in commits {
            self.0.committed(host, changes, 0);
        }
        self.0.returned(place, attempts, outcome, returned);
        self
    }

    /// A service restarts and finds these rows.
    pub(crate) fn reopen(mut self, host: Host, rows: &[Change]) -> Self {
        self.0.reopened(host, rows, 0);
        self
    }

    /// Nothing is in progress any more.
    pub(crate) fn rest(mut self) -> Self {
        self.0.at_rest(Duration::ZERO, 0);
        self
    }

    /// The status of a property so far.
    pub(crate) fn status(&self, property: Property) -> PropertyStatus {
        self.0.status(property)
    }
}

impl Findings {
    pub(crate) fn status(&self, property: Property) -> PropertyStatus {
        let violated = self.violated.iter().any(|(name, _)| *name == property.name);
        let exercised = self
            .exercised
            .iter()
            .any(|(name, _)| *name == property.name);
        match (violated, exercised) {
            (true, _) => PropertyStatus::Violated,
            (false, true) => PropertyStatus::Passed,
            (false, false) => PropertyStatus::NeverExercised,
        }
    }
}

/// The count of an article changes to this.
pub(crate) fn count(article: i64, likes: i64) -> Change {
    change(
        "articles",
        ChangeOp::Update,
        &json!({ "id": article, "likes": likes }),
    )
}

/// A new barrier row in a state (0 done, 1 refused, 2 undone, 3 tombstone), with this delta of article 1.
pub(crate) fn step_new(saga: u128, step: i64, state: i64, delta: i64) -> Change {
    barrier(ChangeOp::Insert, saga, step, state, delta)
}

/// A barrier row that changes to another state.
pub(crate) fn step_moved(saga: u128, step: i64, state: i64, delta: i64) -> Change {
    barrier(ChangeOp::Update, saga, step, state, delta)
}

/// A barrier row that is deleted.
pub(crate) fn step_gone(saga: u128, step: i64, state: i64) -> Change {
    barrier(ChangeOp::Delete, saga, step, state, 0)
}

fn barrier(op: ChangeOp, saga: u128, step: i64, state: i64, delta: i64) -> Change {
    let kept = json!({ "article_id": 1, "delta": delta }).to_string();
    let saga = Uuid::from_u128(saga);
    let row = json!({ "saga": saga, "step": step, "state": state, "kept": kept });
    change("barrier", op, &row)
}

/// A record of user 1 for article 1 is inserted.
pub(crate) fn liked(record: u128) -> Change {
    change("likes", ChangeOp::Insert, &like(record))
}

/// That record is deleted.
pub(crate) fn unliked(record: u128) -> Change {
    change("likes", ChangeOp::Delete, &like(record))
}

fn like(record: u128) -> Value {
    let record = Uuid::from_u128(record);
    json!({ "record_id": record, "user_id": 1, "article_id": 1, "created_at": 0 })
}

/// A saga of user 1 on article 1 is written with this status (0 running, 1 completed, 2 compensating, 3 compensated) and
/// epoch.
pub(crate) fn saga(id: u128, status: i64, epoch: i64) -> Change {
    keyed_saga(id, status, epoch, None)
}

/// The same, with a request key.
pub(crate) fn keyed_saga(id: u128, status: i64, epoch: i64, key: Option<&str>) -> Change {
    let row = json!({
        "id": Uuid::from_u128(id),
        "args": json!({ "article_id": 1 }).to_string(),
        "request_key": key.map(|key| format!("1:{key}")),
        "status": status,
        "parked": 0,
        "epoch": epoch,
        "outcome": null,
    });
    change("sagas", ChangeOp::Update, &row)
}

/// The epoch of the saga log is written.
pub(crate) fn epoch(epoch: i64) -> Change {
    change(
        "shards",
        ChangeOp::Update,
        &json!({ "shard": 0, "epoch": epoch }),
    )
}

fn change(table: &str, op: ChangeOp, row: &Value) -> Change {
    Change {
        table: table.to_owned().into(),
        op,
        row: row.to_string().parse().unwrap(),
    }
}

/// A like that had an effect, answered with 200.
pub(crate) fn like_answered() -> ClientOp {
    ClientOp::of(Action::Like, 1, 2, 200, r#"{"current_likes":1}"#)
}

/// A like under a key, answered with this body.
pub(crate) fn keyed_answer(key: &str, body: &str) -> ClientOp {
    ClientOp {
        key: Some(key.to_owned()),
        ..ClientOp::of(Action::Like, 1, 2, 200, body)
    }
}

/// The same operation without a definite answer.
pub(crate) fn unanswered(op: ClientOp) -> ClientOp {
    ClientOp {
        attempts: Vec::new(),
        outcome: Outcome::Unknown,
        ..op
    }
}
