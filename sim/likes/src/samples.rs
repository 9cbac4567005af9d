//! Hand-built histories of likes for the tests of their invariants: changed rows and what clients saw.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Action, LIKES, operation};
use likewise_world::{
    check::{ClientOp, Invariant},
    record::{Change, ChangeOp, Outcome},
    testing::{Sample, change, saga_row, step_row},
};

/// A checker of the likes with this invariant alone.
pub(super) fn sample(invariant: impl Invariant + 'static) -> Sample {
    Sample::of_system(&LIKES, vec![Box::new(invariant)])
}

/// The count of an article changes to this.
pub(super) fn count(article: i64, likes: i64) -> Change {
    let row = json!({ "id": article, "likes": likes });
    change("articles", ChangeOp::Update, &row)
}

/// A new barrier row in a state (0 done, 1 refused, 2 undone, 3 tombstone), with this delta of article 1.
pub(super) fn step_new(saga: u128, step: i64, state: i64, delta: i64) -> Change {
    let undo_data = json!({ "article_id": 1, "delta": delta });
    step_row(ChangeOp::Insert, (saga, step), state, Some(&undo_data))
}

/// A barrier row that changes to another state.
pub(super) fn step_moved(saga: u128, step: i64, state: i64, delta: i64) -> Change {
    let undo_data = json!({ "article_id": 1, "delta": delta });
    step_row(ChangeOp::Update, (saga, step), state, Some(&undo_data))
}

/// A record of user 1 for article 1 is inserted.
pub(super) fn liked(record: u128) -> Change {
    change("likes", ChangeOp::Insert, &record_row(record))
}

/// That record is deleted.
pub(super) fn unliked(record: u128) -> Change {
    change("likes", ChangeOp::Delete, &record_row(record))
}

fn record_row(record: u128) -> Value {
    let record = Uuid::from_u128(record);
    json!({ "record_id": record, "user_id": 1, "article_id": 1, "created_at": 0 })
}

/// A saga of user 1 on article 1 is written with this status (0 running, 1 completed, 2 compensating, 3 compensated) and
/// epoch.
pub(super) fn saga(id: u128, status: i64, epoch: i64) -> Change {
    let args = json!({ "article_id": 1 });
    saga_row(id, "like", (status, epoch), None, &args)
}

/// A like that had an effect, answered with 200.
pub(super) fn like_answered() -> ClientOp {
    click(Action::Like, 1, 2, 200, r#"{"current_likes":1}"#)
}

/// An operation of user 1 on article 1: invoked and returned at these places, with this answer.
pub(super) fn click(
    action: Action,
    invoked: usize,
    returned: usize,
    status: u16,
    body: &str,
) -> ClientOp {
    ClientOp {
        what: operation(1, action, 1, 0).what,
        invoked,
        returned,
        ..ClientOp::answered(status, body)
    }
}

/// The same operation without a definite answer.
pub(super) fn unanswered(op: ClientOp) -> ClientOp {
    ClientOp {
        attempts: Vec::new(),
        outcome: Outcome::Unknown,
        ..op
    }
}
