//! What must hold for a saga with groups and a pivot, in every state and for every step between two states.

use likewise_barrier::BarrierState::{Done, Refused, Tomb, Undone};
use likewise_protocol::{Op, Status};

use super::{
    GroupModel,
    state::{State, StepView},
};

/// A property of every state.
struct StateProperty {
    name: &'static str,
    holds: fn(&GroupModel, &State) -> bool,
}

const STATE_PROPERTIES: &[StateProperty] = &[
    StateProperty {
        name: "completed-is-all-done",
        holds: |model, state| {
            state.status != Status::Completed || model.steps_of(state).iter().all(StepView::is_done)
        },
    },
    StateProperty {
        name: "compensated-is-none-done",
        holds: |model, state| {
            let is_compensated = state.status == Status::Compensated;
            !is_compensated || !model.steps_of(state).iter().any(StepView::is_done)
        },
    },
    StateProperty {
        name: "acknowledged-saga-stays",
        holds: |model, state| !state.is_told || model.is_committed(state),
    },
    StateProperty {
        name: "group-after-group",
        holds: group_after_group,
    },
    StateProperty {
        name: "undo-in-reverse",
        holds: undo_in_reverse,
    },
    StateProperty {
        name: "forward-after-pivot",
        holds: forward_after_pivot,
    },
];

// The names of the properties of steps.
const NO_DONE_AFTER_TOMB: &str = "no-done-after-tomb";
const COMMITTED_IS_FINAL: &str = "committed-is-final";
pub const RULES_KNOW_EVERY_CASE: &str = crate::action::RULES_KNOW_EVERY_CASE;

/// The names of all properties.
#[must_use]
pub fn names() -> Vec<&'static str> {
    let of_steps = [
        NO_DONE_AFTER_TOMB,
        COMMITTED_IS_FINAL,
        RULES_KNOW_EVERY_CASE,
        crate::search::EVERY_SAGA_CAN_END,
    ];
    let of_states = STATE_PROPERTIES.iter().map(|property| property.name);
    of_states.chain(of_steps).collect()
}

impl GroupModel {
    /// The property that this state violates.
    pub(super) fn broken_in(&self, state: &State) -> Option<&'static str> {
        let broken = STATE_PROPERTIES
            .iter()
            .find(|property| !(property.holds)(self, state));
        broken.map(|property| property.name)
    }

    /// The property that the step between these states violates.
    pub(super) fn broken_by_step(&self, before: &State, after: &State) -> Option<&'static str> {
        let mut moves = before.steps.iter().zip(&after.steps);
        if !moves.all(|(was, is)| is_move(was, is)) {
            return Some(NO_DONE_AFTER_TOMB);
        }
        let is_undone = self.is_committed(before) && !self.is_committed(after);
        is_undone.then_some(COMMITTED_IS_FINAL)
    }

    fn steps_of<'s>(&self, state: &'s State) -> &'s [StepView] {
        &state.steps[..self.shape.steps()]
    }

    /// Whether the rows of all steps up to the pivot are done.
    fn is_committed(&self, state: &State) -> bool {
        let until_pivot = &state.steps[self.shape.until_pivot()];
        until_pivot.iter().all(StepView::is_done)
    }
}

impl StepView {
    fn is_done(&self) -> bool {
        self.row == Some(Done)
    }

    /// Whether the action has no effect, and none of the requests that were sent can give it one.
    fn has_no_effect(&self) -> bool {
        match self.row {
            Some(Refused | Undone | Tomb) => true,
            Some(Done) => false,
            None => !self.requests.has(Op::Do),
        }
    }
}

/// An action is sent only after every step of every group before it was done. It may have been undone since.
fn group_after_group(model: &GroupModel, state: &State) -> bool {
    let steps = model.steps_of(state).iter().enumerate();
    let mut sent = steps.filter(|(_, step)| step.requests.has(Op::Do));
    sent.all(|(index, _)| {
        let before = &state.steps[..model.shape.group(index).start];
        before
            .iter()
            .all(|step| matches!(step.row, Some(Done | Undone)))
    })
}

/// A step is undone only after no step of a later group has an effect or can get one.
fn undo_in_reverse(model: &GroupModel, state: &State) -> bool {
    let steps = model.steps_of(state).iter().enumerate();
    let mut undone = steps.filter(|(_, step)| step.requests.has(Op::Undo));
    undone.all(|(index, _)| {
        let after = &model.steps_of(state)[model.shape.group(index).end..];
        after.iter().all(StepView::has_no_effect)
    })
}

/// A step after the pivot is never sealed and never undone.
fn forward_after_pivot(model: &GroupModel, state: &State) -> bool {
    let after = &model.steps_of(state)[model.shape.until_pivot().end..];
    after
        .iter()
        .all(|step| !step.requests.has(Op::Seal) && !step.requests.has(Op::Undo))
}

/// Barrier rows change only as the protocol allows, and an action never runs after a reply said that it never will.
fn is_move(was: &StepView, is: &StepView) -> bool {
    let is_same = was.row == is.row;
    let is_allowed =
        is_same || was.row.is_none() || (was.row, is.row) == (Some(Done), Some(Undone));
    let is_new = is.is_done() && !is_same;
    is_allowed && !(is_new && was.replies.has_negative_reply())
}
