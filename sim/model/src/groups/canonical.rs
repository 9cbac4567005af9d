//! The services of the model of groups, and how states that cannot be told apart are merged.
//!
//! The reasons are those of `canonical.rs` of the model of likes.

use likewise_barrier::{BarrierState, Judgement, initial_state, judge};
use likewise_protocol::Op;

use super::{
    GroupModel,
    state::{State, StepView, Todo},
};
use crate::state::{Reply, Set};

/// All operations.
pub const OPS: [Op; 3] = [Op::Do, Op::Seal, Op::Undo];

impl GroupModel {
    /// The representative of this state, and whether the coordinators were swapped.
    pub(super) fn canonical(&self, mut state: State) -> (State, bool) {
        for at in &mut state.coordinators {
            let is_writer = at
                .task()
                .is_some_and(|task| matches!(task.todo, Todo::Log(_)));
            if is_writer && !at.is_current() {
                at.set_task(None);
            }
        }
        let is_driven = state.coordinators.iter().any(|at| at.task().is_some());
        for step in 0..self.shape.steps() {
            let is_settled = self.answer_at_once(&mut state, step);
            if is_settled && !is_driven && !state.status.is_open() {
                let view = &mut state.steps[step];
                (view.requests, view.replies) = (Set::default(), Set::default());
            }
        }
        let is_swapped = state.coordinators[0] > state.coordinators[1];
        if is_swapped {
            state.coordinators.swap(0, 1);
        }
        (state, is_swapped)
    }

    /// Serves every request that changes nothing but the replies. Returns whether there is no other request.
    fn answer_at_once(&self, state: &mut State, step: usize) -> bool {
        let mut is_settled = true;
        let requests = state.steps[step].requests;
        for op in OPS.into_iter().filter(|op| requests.has(*op)) {
            let mut after = state.steps[step];
            serve(&mut after, op, false);
            match after.row == state.steps[step].row {
                true => state.steps[step] = after,
                false => is_settled = false,
            }
        }
        is_settled
    }
}

/// One transaction of the barrier.
pub fn serve(step: &mut StepView, op: Op, refuse: bool) {
    let stored = step.row;
    let judgement = judge(stored, op);
    step.row = Some(match judgement {
        Judgement::Act if refuse => BarrierState::Refused,
        Judgement::Compensate => BarrierState::Undone,
        _ => stored.unwrap_or(initial_state(op)),
    });
    let reply = match (judgement, step.row) {
        (Judgement::Compensate | Judgement::AnswerUndone, _) => Reply::Undone,
        (Judgement::AnswerDead, _) => Reply::Dead,
        (_, Some(BarrierState::Done)) => Reply::Done,
        _ => Reply::Refused,
    };
    step.replies.add_reply(op, reply);
}
