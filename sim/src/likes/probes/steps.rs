//! Step requests that no coordinator sends: known steps with other arguments, and steps in an impossible order.

use likewise_saga::{
    id::SagaId,
    protocol::{Document, Op, StepRequest},
};
use serde_json::Value;
use uuid::Uuid;

/// The identity of the saga that never existed. The generator of saga ids does not produce it.
const UNKNOWN_SAGA: Uuid = Uuid::from_u128(0xFEED);
/// A user that no plan contains.
const UNKNOWN_USER: i64 = 999_999_999;

/// The same step for the next article or user.
pub(super) fn altered(step: StepRequest) -> StepRequest {
    let mut args: Value = step.args.read().unwrap_or_default();
    for name in ["article_id", "user_id"] {
        if let Some(id) = args.get(name).and_then(Value::as_i64) {
            args[name] = (id + 1).into();
        }
    }
    let args = Document::from(args);
    StepRequest {
        fingerprint: args.fingerprint(),
        args,
        ..step
    }
}

/// Compensation, action and compensation of a saga that never existed. The action is a copy of this one.
pub(super) fn undo_first(action: &StepRequest) -> [StepRequest; 3] {
    [Op::Undo, Op::Do, Op::Undo].map(|op| StepRequest {
        saga: SagaId(UNKNOWN_SAGA),
        op,
        ..for_unknown_user(action)
    })
}

/// The same action for a user without records, so that only the tombstone prevents its effect.
fn for_unknown_user(action: &StepRequest) -> StepRequest {
    let mut args: Value = action.args.read().unwrap_or_default();
    if let Some(user) = args.get_mut("user_id") {
        *user = UNKNOWN_USER.into();
        if let Some(id) = args.get_mut("id") {
            *id = UNKNOWN_SAGA.to_string().into();
        }
    }
    StepRequest {
        args: args.into(),
        ..action.clone()
    }
}
