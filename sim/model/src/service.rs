//! The two services of the model: the product's barrier rules in front of the effects of a like.
//!
//! It models one transaction of the barrier: insert first, decide by the result of the insert.

use likewise_barrier::{BarrierState, Judgement, initial_state, judge};
use likewise_protocol::Op;

use super::{
    Kind, Protocol,
    state::{Maker, Reply, State},
};

/// A step of one of the sagas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The index of the saga.
    pub saga: usize,
    /// The index of the step in it.
    pub step: usize,
}

/// The state after a request was served and answered. `None` if the transaction fails: it is rolled back without a reply.
///
/// `refuse` says whether a business rule refuses the action. Users are blocked and unblocked at any moment, so both
/// answers are always possible.
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
        // In the mutant without durable refusals the row is rolled back with the action.
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
    step.replies.add_reply(op, reply);
    Some(after)
}

/// The possible answers of a business rule to a request. It is evaluated only before an action runs.
pub fn possible_refusals(state: &State, at: Address, op: Op) -> &'static [bool] {
    match judge(state.sagas[at.saga].steps[at.step].row, op) {
        Judgement::Act => &[false, true],
        _ => &[false],
    }
}

/// Whether a step is at the user service: the second step of a like, the first of an unlike.
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

/// Runs an action. Returns whether it succeeded: a pair has at most one record.
fn act(state: &mut State, kind: Kind, at: Address) -> bool {
    if !is_record(kind, at.step) {
        state.likes += delta(kind);
        return true;
    }
    match (kind, state.record) {
        (Kind::Like, None) => state.record = Some(Maker::saga(at.saga)),
        (Kind::Unlike, Some(removed)) => {
            state.record = None;
            state.sagas[at.saga].steps[at.step].removed = Some(removed);
        }
        (Kind::Like, Some(_)) | (Kind::Unlike, None) => return false,
    }
    true
}

/// Undoes exactly what the action did. Returns whether that is possible.
fn compensate(state: &mut State, kind: Kind, at: Address) -> bool {
    if !is_record(kind, at.step) {
        state.likes -= delta(kind);
        return true;
    }
    let expected = match kind {
        Kind::Like => Some(Maker::saga(at.saga)),
        Kind::Unlike => None,
    };
    let is_possible = state.record == expected;
    state.record = state.sagas[at.saga].steps[at.step].removed.take();
    is_possible
}
