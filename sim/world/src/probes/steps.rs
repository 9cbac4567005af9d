//! Step requests that no coordinator sends: known steps with other arguments, and steps in an impossible order.

use likewise_saga::{
    id::SagaId,
    protocol::{Document, Op, StepRequest},
};
use uuid::Uuid;

use crate::System;

/// The identity of the saga that never existed. The generator of saga ids does not produce it.
const UNKNOWN_SAGA: SagaId = SagaId(Uuid::from_u128(0xFEED));
/// The same, above every watermark of retention.
const UNKNOWN_LATER_SAGA: SagaId = SagaId(Uuid::from_u128(u128::MAX - 0xFEED));

/// The same step with other arguments.
pub(super) fn with_other_args(system: &dyn System, step: &StepRequest) -> StepRequest {
    let args = system.other_args(step.args.read().unwrap_or_default());
    let args = Document::from(args);
    StepRequest {
        fingerprint: args.fingerprint(),
        args,
        ..step.clone()
    }
}

/// Compensation, action and compensation of a saga that never existed. The action is a copy of this one, with arguments such
/// that only the tombstone prevents its effect.
pub(super) fn undo_first(
    system: &dyn System,
    has_retention: bool,
    action: &StepRequest,
) -> [StepRequest; 3] {
    let args = action.args.read().unwrap_or_default();
    let saga = match has_retention {
        true => UNKNOWN_LATER_SAGA,
        false => UNKNOWN_SAGA,
    };
    let args = system.args_of_unknown_saga(args, saga);
    [Op::Undo, Op::Do, Op::Undo].map(|op| StepRequest {
        saga,
        op,
        args: args.clone().into(),
        ..action.clone()
    })
}
