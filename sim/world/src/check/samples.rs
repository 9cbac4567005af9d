//! Hand-built histories for the tests of the checks: changed rows and what the clients saw, without a simulation.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    CheckedSystem, ClientOp, Findings, Invariant, ObservedState, OrderAction, Property, SentOrder,
};
pub(crate) use crate::testing::*;
use crate::{
    plan::Host,
    record::{Change, ChangeOp, PropertyStatus},
};

/// A sample with this invariant alone.
pub(super) fn sample_of(invariant: impl Invariant + 'static) -> Sample {
    Sample::of_system(&SHOP, vec![Box::new(invariant)])
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

/// A saga is written with this status (0 running, 1 completed, 2 compensating, 3 compensated) and epoch.
pub(super) fn saga(id: u128, status: i64, epoch: i64) -> Change {
    saga_row(id, "order", (status, epoch), None, &json!({}))
}

/// The same, with a request key.
pub(super) fn keyed_saga(id: u128, status: i64, epoch: i64, key: &str) -> Change {
    let key = SHOP.stored_key(1, key);
    saga_row(id, "order", (status, epoch), Some(&key), &json!({}))
}

/// A saga is started, and locks this.
pub(super) fn started(id: u128, lock_key: &str) -> Change {
    let row = json!({
        "id": Uuid::from_u128(id), "kind": "order", "args": "{}", "subject": lock_key, "request_key": null, "epoch": 1,
    });
    change("sagas", ChangeOp::Insert, &row)
}

/// A saga leaves one status for another.
pub(super) fn left(id: u128, from: i64, to: i64) -> Change {
    let row = json!({
        "saga": Uuid::from_u128(id), "from_status": from, "to_status": to, "parked": 0, "epoch": 1,
    });
    change("saga_changes", ChangeOp::Insert, &row)
}

/// The watermark of the saga log is written.
pub(super) fn watermark(id: u128) -> Change {
    let row = json!({ "shard": 0, "epoch": 1, "watermark": Uuid::from_u128(id) });
    change("shards", ChangeOp::Update, &row)
}

/// The log's watermarks of retention are written.
pub(super) fn retained(below: u128, keys_below: u128) -> Change {
    let [below, keys_below] = [below, keys_below].map(Uuid::from_u128);
    let row = json!({ "shard": 0, "below": below, "keys_below": keys_below });
    change("retention", ChangeOp::Update, &row)
}

/// A service stores a watermark.
pub(super) fn stored(below: u128, epoch: i64) -> Change {
    let row = json!({ "shard": 0, "below": Uuid::from_u128(below), "epoch": epoch });
    change("barrier_watermarks", ChangeOp::Update, &row)
}

/// The row of a saga is deleted.
pub(super) fn saga_gone(id: u128) -> Change {
    let row = json!({ "id": Uuid::from_u128(id) });
    change("sagas", ChangeOp::Delete, &row)
}

/// The epoch of the saga log is written.
pub(super) fn epoch(epoch: i64) -> Change {
    let row = json!({ "shard": 0, "epoch": epoch });
    change("shards", ChangeOp::Update, &row)
}

/// An order of ann about a saga.
pub(super) fn sent_order(action: OrderAction, saga: u128, reason: &str) -> SentOrder {
    SentOrder {
        actor: "ann".to_owned(),
        reason: reason.to_owned(),
        action,
        saga: Some(Uuid::from_u128(saga)),
        shown: None,
    }
}

/// An entry of the audit by ann about a saga.
pub(super) fn audit(number: i64, action: &str, saga: u128, reason: &str, truth: &Value) -> Change {
    let row = json!({
        "number": number, "epoch": 1, "at": 0, "actor": "ann", "action": action, "scope": "saga",
        "target": Uuid::from_u128(saga), "reason": reason, "batch": null, "truth": truth.to_string(),
    });
    change("saga_audit", ChangeOp::Insert, &row)
}

/// An operation under a key, answered with 200 and this body.
pub(super) fn keyed_answer(key: &str, body: &str) -> ClientOp {
    ClientOp {
        key: Some(key.to_owned()),
        ..ClientOp::answered(200, body)
    }
}

/// The tables of the store.
pub(super) const STORE_TABLES: [&str; 2] = ["stock", "barrier"];

/// There is now so much of item 1.
pub(super) fn stock(amount: i64) -> Change {
    change(
        "stock",
        ChangeOp::Update,
        &json!({ "item": 1, "amount": amount }),
    )
}
