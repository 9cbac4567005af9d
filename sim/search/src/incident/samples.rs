//! Incidents for tests.

use likewise_saga::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::file::Incident;

/// An order of the shop that is stuck: the store has taken the goods, and the till does not answer.
pub(super) fn stuck_order() -> Incident {
    incident(
        &json!({ "status": "running", "parked": false, "outcome": null }),
        &[("done", "done"), ("unknown", "none"), ("untouched", "none")],
    )
}

/// An incident of an order with these parts of its row, and for each step what is believed and what is stored.
pub(super) fn incident(row: &Value, steps: &[(&str, &str)]) -> Incident {
    let names = [("take", "store"), ("pay", "till"), ("note", "store")];
    let steps = steps.iter().zip(names).enumerate();
    let steps = steps.map(|(step, ((believed, stored), (name, service)))| {
        let barrier = match *stored {
            "none" | "unread" => Value::Null,
            state => json!({
                "state": state, "fingerprint": 1, "created_at": Timestamp(1), "below_watermark": false,
            }),
        };
        let error = (*stored == "unread").then_some("no answer");
        json!({
            "step": step, "name": name, "service": service,
            "believed": { "state": believed, "attempts": 1, "undo_attempts": 0 },
            "barrier": barrier, "barrier_error": error, "verdict": "agree",
        })
    });
    let mut saga = json!({
        "id": Uuid::from_u128(1), "kind": "order", "args": {}, "subject": "1", "epoch": 1, "steps": null,
        "created_at": Timestamp(0), "updated_at": Timestamp(0), "deadline_at": Timestamp(5_000_000),
    });
    let parts = row.as_object().cloned().unwrap_or_default();
    saga.as_object_mut().unwrap().extend(parts);
    let is_open = saga["outcome"].is_null();
    let open = json!({
        "cause": null, "paused": false, "directive": null, "attempts": 3,
        "last_error": "no answer", "next_attempt_at": null,
    });
    let file = json!({
        "type": "incident", "version": 1, "exported_at": Timestamp(2_000_000), "program": "a test",
        "saga": saga, "leader_epoch": 1, "open": if is_open { open } else { Value::Null },
        "steps": steps.collect::<Vec<_>>(), "verdict": "in_doubt", "audit": [], "audit_is_cut": false,
        "configuration": {
            "step_timeout_millis": 1_000, "saga_deadline_millis": 5_000, "answer_timeout_millis": 10_000,
            "pause_min_millis": 50, "pause_max_millis": 5_000, "park_after": 20, "open_sagas_max": 1_024,
            "concurrency_max": 256, "scan_interval_millis": 300_000, "watch_interval_millis": 1_000,
            "lease_millis": null, "retention": null,
        },
    });
    serde_json::from_value(file).unwrap()
}
