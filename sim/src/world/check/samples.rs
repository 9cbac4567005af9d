//! Runs made by hand, for the tests of the checks: the rows that a commit changed, and what the
//! users saw of it, without a world around them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Checker, ClientOp, Findings, Invariant, Property};
use crate::world::{
    plan::{Action, Host, Plan},
    record::{Change, ChangeOp, Outcome, PropertyStatus},
};

/// A checker that is fed by hand.
pub(crate) struct Sample(Checker);

impl Sample {
    /// One with this invariant alone.
    pub(crate) fn of(invariant: impl Invariant + 'static) -> Self {
        Self(Checker::new(&Plan::new(""), &[], vec![Box::new(invariant)]))
    }

    /// One without invariants, for what the checker judges itself.
    pub(crate) fn bare() -> Self {
        Self(Checker::new(&Plan::new(""), &[], Vec::new()))
    }

    /// A service has started.
    pub(crate) fn boot(mut self, host: Host) -> Self {
        self.0.process_started(host);
        self
    }

    /// One commit with these changes.
    pub(crate) fn commit(mut self, host: Host, changes: &[Change]) -> Self {
        self.0.committed(host, changes, 0);
        self
    }

    /// A user asks and is answered.
    pub(crate) fn op(mut self, op: ClientOp) -> Self {
        let (attempts, outcome, returned) = (op.attempts.clone(), op.outcome, op.returned);
        let place = self.0.invoked(op);
        self.0.returned(place, attempts, outcome, returned);
        self
    }

    /// A user asks, a service commits, and the user is answered.
    pub(crate) fn op_during(mut self, op: ClientOp, host: Host, commits: &[&[Change]]) -> Self {
        let (attempts, outcome, returned) = (op.attempts.clone(), op.outcome, op.returned);
        let place = self.0.invoked(op);
        for changes in commits {
            self.0.committed(host, changes, 0);
        }
        self.0.returned(place, attempts, outcome, returned);
        self
    }

    /// A service starts again and finds these rows.
    pub(crate) fn reopen(mut self, host: Host, rows: &[Change]) -> Self {
        self.0.reopened(host, rows, 0);
        self
    }

    /// Everything has come to rest.
    pub(crate) fn rest(mut self) -> Self {
        self.0.at_rest(0);
        self
    }

    /// How a property fared so far.
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

/// An article's count is this now.
pub(crate) fn count(article: i64, likes: i64) -> Change {
    change(
        "articles",
        ChangeOp::Update,
        &json!({ "id": article, "likes": likes }),
    )
}

/// A new barrier row, done with this delta of article 1, or in another state (0 done, 1 refused,
/// 2 undone, 3 tombstone).
pub(crate) fn step_new(saga: u128, step: i64, state: i64, delta: i64) -> Change {
    barrier(ChangeOp::Insert, saga, step, state, delta)
}

/// A barrier row that has moved to another state.
pub(crate) fn step_moved(saga: u128, step: i64, state: i64, delta: i64) -> Change {
    barrier(ChangeOp::Update, saga, step, state, delta)
}

/// A barrier row that is gone.
pub(crate) fn step_gone(saga: u128, step: i64, state: i64) -> Change {
    barrier(ChangeOp::Delete, saga, step, state, 0)
}

fn barrier(op: ChangeOp, saga: u128, step: i64, state: i64, delta: i64) -> Change {
    let kept = json!({ "article_id": 1, "delta": delta }).to_string();
    let saga = Uuid::from_u128(saga);
    let row = json!({ "saga": saga, "step": step, "state": state, "kept": kept });
    change("barrier", op, &row)
}

/// User 1's record for article 1.
pub(crate) fn liked(record: u128) -> Change {
    change("likes", ChangeOp::Insert, &like(record))
}

/// That record is gone.
pub(crate) fn unliked(record: u128) -> Change {
    change("likes", ChangeOp::Delete, &like(record))
}

fn like(record: u128) -> Value {
    let record = Uuid::from_u128(record);
    json!({ "record_id": record, "user_id": 1, "article_id": 1, "created_at": 0 })
}

/// A saga of user 1 on article 1 has this status now (0 running, 1 completed, 2 compensating,
/// 3 compensated), written under this epoch.
pub(crate) fn saga(id: u128, status: i64, epoch: i64) -> Change {
    keyed_saga(id, status, epoch, None)
}

/// The same for a client's key.
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

/// The shard is under this epoch now.
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

/// A like that changed something, answered with 200.
pub(crate) fn like_answered() -> ClientOp {
    ClientOp::of(Action::Like, 1, 2, 200, r#"{"current_likes":1}"#)
}

/// The same action under a key, with this body.
pub(crate) fn keyed_answer(key: &str, body: &str) -> ClientOp {
    ClientOp {
        key: Some(key.to_owned()),
        ..ClientOp::of(Action::Like, 1, 2, 200, body)
    }
}

/// The same operation, of which nobody knows what became.
pub(crate) fn unanswered(op: ClientOp) -> ClientOp {
    ClientOp {
        attempts: Vec::new(),
        outcome: Outcome::Unknown,
        ..op
    }
}
