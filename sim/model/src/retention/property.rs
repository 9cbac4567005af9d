//! What must hold in every state of the model of retention.

use likewise_protocol::Status;

use super::RetentionState;
use crate::{Kind, Scenario, state::Maker};

/// A saga below a stored watermark has ended. Otherwise its steps are refused although their effect is owed.
const NO_OPEN_SAGA_IS_STALE: &str = "no-open-saga-is-stale";
/// Nothing acts, and nothing is compensated, for a saga that has ended: also not by a copy of a request whose row is deleted.
const AN_ENDED_SAGA_KEEPS_ITS_EFFECT: &str = "an-ended-saga-keeps-its-effect";

/// The property that this state violates.
pub(super) fn broken(state: &RetentionState, scenario: Scenario) -> Option<&'static str> {
    let [saga, _] = state.saga.sagas;
    if saga.is_open() && state.stored.contains(&true) {
        return Some(NO_OPEN_SAGA_IS_STALE);
    }
    let status = saga.row.map(|row| row.status);
    match status.filter(|status| !status.is_open()) {
        Some(status) if !has_effect_of(state, status, scenario) => {
            Some(AN_ENDED_SAGA_KEEPS_ITS_EFFECT)
        }
        _ => None,
    }
}

/// Whether the count and the record are those after a saga with this end.
fn has_effect_of(state: &RetentionState, status: Status, scenario: Scenario) -> bool {
    let is_done = status == Status::Completed;
    let before = scenario.is_liked_before.then_some(Maker::Before);
    let record = match (is_done, scenario.kinds[0]) {
        (false, _) => before,
        (true, Kind::Like) => Some(Maker::First),
        (true, Kind::Unlike) => None,
    };
    state.saga.record == record && state.saga.likes == i8::from(record.is_some())
}
