//! The two services: the product's barrier rules in front of what a like does.
//!
//! Follows `system/src/barrier/sql.rs`: insert first, decide by what the insert did, all in one transaction.

use likewise_barrier::{BarrierState, Judgement, initial_state, judge};
use likewise_saga::protocol::Op;

use super::{
    Kind, Protocol,
    state::{Maker, Reply, State},
};

/// A step of one of the sagas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Which saga.
    pub saga: usize,
    /// Which of its steps.
    pub step: usize,
}

/// The state after a request was served and answered. Nothing if the transaction cannot be carried out: it is rolled
/// back and nobody is told anything.
///
/// `refuse` is the whim of a business rule: users are blocked and allowed again at any moment.
pub fn serve(
    protocol: &Protocol,
    kinds: [Kind; 2],
    before: &State,
    at: Address,
    op: Op,
    refuse: bool,
) -> Option<State> {
    let mut after = *before;
    let stored = before.sagas[at.saga].steps[at.step].row;
    let judgement = judge(stored, op);
    let is_done = judgement == Judgement::Act && !refuse && act(&mut after, kinds[at.saga], at);
    if judgement == Judgement::Compensate && !compensate(&mut after, kinds[at.saga], at) {
        return None;
    }
    let step = &mut after.sagas[at.saga].steps[at.step];
    step.row = match judgement {
        Judgement::Act if is_done => Some(initial_state(op)),
        // Without the durable refusal the row is rolled back with the action.
        Judgement::Act => protocol.durable_refusal.then_some(BarrierState::Refused),
        Judgement::Compensate => Some(BarrierState::Undone),
        _ if stored.is_none() => protocol.tombstone.then_some(initial_state(op)),
        _ => stored,
    };
    let reply = match judgement {
        Judgement::Act if is_done => Reply::Done,
        Judgement::Act => Reply::Refused,
        Judgement::Compensate | Judgement::AnswerUndone => Reply::Undone,
        Judgement::AnswerDead => Reply::Dead,
        Judgement::AnswerStored => match stored {
            Some(BarrierState::Done) => Reply::Done,
            _ => Reply::Refused,
        },
    };
    step.told.add_reply(op, reply);
    Some(after)
}

/// What a business rule may do about a request: it is asked only before an action.
pub fn whims(state: &State, at: Address, op: Op) -> &'static [bool] {
    match judge(state.sagas[at.saga].steps[at.step].row, op) {
        Judgement::Act => &[false, true],
        _ => &[false],
    }
}

/// Whether a step is the one at the user service: a like's second, an unlike's first.
pub fn is_record(kind: Kind, step: usize) -> bool {
    step == match kind {
        Kind::Like => 1,
        Kind::Unlike => 0,
    }
}

/// By how much a saga changes the count.
pub fn delta(kind: Kind) -> i8 {
    match kind {
        Kind::Like => 1,
        Kind::Unlike => -1,
    }
}

/// Runs an action. Returns whether it could: there is one record for a pair.
fn act(state: &mut State, kind: Kind, at: Address) -> bool {
    if !is_record(kind, at.step) {
        state.likes += delta(kind);
        return true;
    }
    match (kind, state.record) {
        (Kind::Like, None) => state.record = Some(Maker::saga(at.saga)),
        (Kind::Unlike, Some(removed)) => {
            state.record = None;
            state.sagas[at.saga].steps[at.step].kept = Some(removed);
        }
        (Kind::Like, Some(_)) | (Kind::Unlike, None) => return false,
    }
    true
}

/// Takes exactly what was done back. Returns whether it could.
fn compensate(state: &mut State, kind: Kind, at: Address) -> bool {
    if !is_record(kind, at.step) {
        state.likes -= delta(kind);
        return true;
    }
    let expected = match kind {
        Kind::Like => Some(Maker::saga(at.saga)),
        Kind::Unlike => None,
    };
    let could = state.record == expected;
    state.record = state.sagas[at.saga].steps[at.step].kept.take();
    could
}
