//! What a barrier row does not store because it follows from the arguments of its action: the undo data, and with some
//! effects the result.
//!
//! Every request for a step has the arguments of its action, also an undo and a seal. A row of a like had 300 bytes; without
//! these texts it has half. Rows of SQLite, of refusals, of earlier versions and of the slower path have all texts.

use super::Effect;
use crate::{
    protocol::{Document, StepRequest},
    store::StoreError,
};

/// The result of the action of a request whose row is done and has no result.
///
/// # Errors
/// As [`checked`].
pub(super) fn result(effect: &dyn Effect, request: &StepRequest) -> Result<Document, StoreError> {
    checked(request, effect.result(request), "result")
}

/// The undo data of the action of a request whose row is done and has none.
///
/// # Errors
/// As [`checked`].
pub(super) fn undo_data(
    effect: &dyn Effect,
    request: &StepRequest,
) -> Result<Document, StoreError> {
    checked(request, effect.undo_data(request), "undo data")
}

/// The barrier has compared the row's fingerprint with the one in the request. Here it must be that of the arguments as well:
/// what is derived from other arguments would undo another effect.
///
/// # Errors
/// [`StoreError::Invariant`]: the arguments are others, or nothing follows from them.
fn checked(
    request: &StepRequest,
    derived: Option<Document>,
    what: &str,
) -> Result<Document, StoreError> {
    let is_of_action = request.args.fingerprint() == request.fingerprint;
    derived.filter(|_| is_of_action).ok_or_else(|| {
        let (saga, step) = (request.saga, request.step);
        StoreError::Invariant(format!(
            "the {what} of step {step} of saga {saga} is not stored and does not follow from the arguments"
        ))
    })
}
