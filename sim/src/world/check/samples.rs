//! Hand-built histories for the tests of the checks: changed rows and what the clients saw, without a simulation.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) use super::sample_system::*;
use super::{CheckedSystem, Checker, ClientOp, Findings, Invariant, ObservedState, Property};
use crate::world::{
    plan::{Host, Plan},
    record::{Change, ChangeOp, PropertyStatus},
};

/// A checker with a hand-built history.
pub(crate) struct Sample(Checker);

impl Sample {
    /// A checker with this invariant alone.
    pub(super) fn of(invariant: impl Invariant + 'static) -> Self {
        Self::of_system(&SHOP, vec![Box::new(invariant)])
    }

    /// A checker of this system with these invariants. Without any, for properties that the checker judges itself.
    pub(crate) fn of_system(
        system: &'static dyn CheckedSystem,
        invariants: Vec<Box<dyn Invariant>>,
    ) -> Self {
        Self(Checker::new(&Plan::new(""), system, &[], invariants))
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

    /// A service restarts and finds these rows in its tables.
    pub(crate) fn reopen(mut self, host: Host, tables: &[&str], rows: &[Change]) -> Self {
        self.0.reopened(host, tables, rows, 0);
        self
    }

    /// Nothing is in progress any more.
    pub(crate) fn rest(mut self) -> Self {
        self.0.at_rest(Duration::ZERO, 0);
        self
    }

    /// What was seen at the first violation; empty if there is none.
    pub(super) fn detail(&self) -> &str {
        let first = self.0.violations().first();
        first.map_or("", |violation| violation.detail.as_str())
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

/// The observed state of the sample system after this commit.
pub(super) fn observed(host: Host, changes: &[Change]) -> ObservedState {
    let mut observed = ObservedState::new(&SHOP);
    observed.apply(host, changes);
    observed
}

/// A new barrier row in a state (0 done, 1 refused, 2 undone, 3 tombstone).
pub(super) fn step_new(saga: u128, step: i64, state: i64) -> Change {
    step_row(ChangeOp::Insert, (saga, step), state, None)
}

/// A barrier row that changes to another state.
pub(super) fn step_moved(saga: u128, step: i64, state: i64) -> Change {
    step_row(ChangeOp::Update, (saga, step), state, None)
}

/// A barrier row that is deleted.
pub(super) fn step_gone(saga: u128, step: i64, state: i64) -> Change {
    step_row(ChangeOp::Delete, (saga, step), state, None)
}

/// A change of a barrier row with this undo data.
pub(crate) fn step_row(
    op: ChangeOp,
    (saga, step): (u128, i64),
    state: i64,
    undo_data: Option<&Value>,
) -> Change {
    let kept = undo_data.map(Value::to_string);
    let saga = Uuid::from_u128(saga);
    let row = json!({ "saga": saga, "step": step, "state": state, "kept": kept });
    change("barrier", op, &row)
}

/// A saga is written with this status (0 running, 1 completed, 2 compensating, 3 compensated) and epoch.
pub(super) fn saga(id: u128, status: i64, epoch: i64) -> Change {
    saga_row(id, "order", (status, epoch), None, &json!({}))
}

/// The same, with a request key.
pub(super) fn keyed_saga(id: u128, status: i64, epoch: i64, key: &str) -> Change {
    let key = SHOP.stored_key(1, key);
    saga_row(id, "order", (status, epoch), Some(&key), &json!({}))
}

/// A saga of this kind is written with this status, epoch, request key and arguments.
pub(crate) fn saga_row(
    id: u128,
    kind: &str,
    (status, epoch): (i64, i64),
    key: Option<&str>,
    args: &Value,
) -> Change {
    let row = json!({
        "id": Uuid::from_u128(id),
        "kind": kind,
        "args": args.to_string(),
        "request_key": key,
        "status": status,
        "parked": 0,
        "epoch": epoch,
        "outcome": null,
    });
    change("sagas", ChangeOp::Update, &row)
}

/// The epoch of the saga log is written.
pub(super) fn epoch(epoch: i64) -> Change {
    let row = json!({ "shard": 0, "epoch": epoch });
    change("shards", ChangeOp::Update, &row)
}

/// An operation under a key, answered with 200 and this body.
pub(super) fn keyed_answer(key: &str, body: &str) -> ClientOp {
    ClientOp {
        key: Some(key.to_owned()),
        ..ClientOp::answered(200, body)
    }
}
