//! What must hold in every state, and for every step between two states.
//!
//! A property that the simulator also checks has the same name as in `cargo chaos list`.

use likewise_barrier::BarrierState;
use likewise_protocol::Status;

use super::{
    Model,
    action::Action,
    service::{delta, is_record},
    state::{Coordinator, State, TWO},
};

/// A property of every state.
struct StateProperty {
    name: &'static str,
    holds: fn(&Model<'_>, &State) -> bool,
}

const STATE_PROPERTIES: &[StateProperty] = &[
    StateProperty {
        name: "count-is-deltas",
        holds: count_is_deltas,
    },
    StateProperty {
        name: "likes-never-negative",
        holds: |_, state| state.likes >= 0,
    },
    StateProperty {
        name: "likes-equal-records",
        holds: likes_equal_records,
    },
    StateProperty {
        name: "completed-is-all-done",
        holds: |_, state| ended(state, Status::Completed, |done| done == 2),
    },
    StateProperty {
        name: "compensated-is-none-done",
        holds: |_, state| ended(state, Status::Compensated, |done| done == 0),
    },
    StateProperty {
        name: "acknowledged-like-stays",
        holds: acknowledged_stays,
    },
];

// The names of the properties of steps.
const NO_DONE_AFTER_TOMB: &str = "no-done-after-tomb";
const EPOCHS_ONLY_RISE: &str = "epochs-only-rise";
const STALE_EPOCH_WRITES_NOTHING: &str = "stale-epoch-writes-nothing";

/// The names of all properties.
pub fn names() -> Vec<&'static str> {
    let of_steps = [
        NO_DONE_AFTER_TOMB,
        EPOCHS_ONLY_RISE,
        STALE_EPOCH_WRITES_NOTHING,
        super::action::COMPENSATION_APPLIES,
        super::action::RULES_KNOW_EVERY_CASE,
        super::search::EVERY_SAGA_CAN_END,
    ];
    STATE_PROPERTIES
        .iter()
        .map(|property| property.name)
        .chain(of_steps)
        .collect()
}

impl Model<'_> {
    /// The property that this state violates.
    pub(super) fn broken_in(&self, state: &State) -> Option<&'static str> {
        let broken = STATE_PROPERTIES
            .iter()
            .find(|property| !(property.holds)(self, state));
        broken.map(|property| property.name)
    }

    /// The property that the step between these states violates.
    pub(super) fn broken_by_step(
        &self,
        before: &State,
        action: Action,
        after: &State,
    ) -> Option<&'static str> {
        if !barrier_moves(before, after) {
            return Some(NO_DONE_AFTER_TOMB);
        }
        let currents = TWO.iter().filter(|p| after.coordinators[**p].is_current());
        if currents.count() > 1 || !epochs_rise(before, after) {
            return Some(EPOCHS_ONLY_RISE);
        }
        // In the mutant without the fence, stale writes are allowed: the question is whether the others still hold.
        if self.protocol.fence && !stale_writes_nothing(before, action, after) {
            return Some(STALE_EPOCH_WRITES_NOTHING);
        }
        None
    }
}

fn count_is_deltas(model: &Model<'_>, state: &State) -> bool {
    let mut sum = i8::from(model.is_liked_before);
    for saga in TWO {
        let kind = model.kind(saga);
        for step in TWO.into_iter().filter(|step| !is_record(kind, *step)) {
            if state.sagas[saga].steps[step].row == Some(BarrierState::Done) {
                sum += delta(kind);
            }
        }
    }
    state.likes == sum
}

fn likes_equal_records(_: &Model<'_>, state: &State) -> bool {
    let is_open = state.sagas.iter().any(|saga| saga.is_open());
    is_open || state.likes == i8::from(state.record.is_some())
}

fn ended(state: &State, status: Status, may_be_done: fn(usize) -> bool) -> bool {
    TWO.into_iter().all(|saga| {
        let is_it = state.sagas[saga]
            .row
            .is_some_and(|row| row.status == status);
        !is_it || may_be_done(done_steps(state, saga))
    })
}

/// A saga whose client was answered stays done. Only a later saga removes its like.
fn acknowledged_stays(_: &Model<'_>, state: &State) -> bool {
    TWO.into_iter()
        .all(|saga| !state.sagas[saga].is_answered || done_steps(state, saga) == 2)
}

fn done_steps(state: &State, saga: usize) -> usize {
    let steps = state.sagas[saga].steps.iter();
    steps
        .filter(|step| step.row == Some(BarrierState::Done))
        .count()
}

/// Barrier rows change only as the protocol allows, and an action never runs after a reply said that it never will.
fn barrier_moves(before: &State, after: &State) -> bool {
    use BarrierState::{Done, Undone};
    TWO.into_iter().all(|saga| {
        TWO.into_iter().all(|step| {
            let (was, is) = (
                before.sagas[saga].steps[step],
                after.sagas[saga].steps[step],
            );
            let moved = was.row == is.row
                || was.row.is_none()
                || (was.row, is.row) == (Some(Done), Some(Undone));
            let is_new = is.row == Some(Done) && was.row != is.row;
            moved && !(is_new && was.replies.has_negative_reply())
        })
    })
}

/// A coordinator with a stale epoch stays stale until it crashes.
fn epochs_rise(before: &State, after: &State) -> bool {
    TWO.into_iter().all(|coordinator| {
        let (was, is) = (
            before.coordinators[coordinator],
            after.coordinators[coordinator],
        );
        was == Coordinator::Down || was.is_current() || !is.is_current()
    })
}

/// Rows of the log are written under the newest epoch only.
fn stale_writes_nothing(before: &State, action: Action, after: &State) -> bool {
    let changed = TWO
        .iter()
        .any(|saga| before.sagas[*saga].row != after.sagas[*saga].row);
    let writer = match action {
        Action::Start { coordinator, .. }
        | Action::Log { coordinator, .. }
        | Action::LogUnconfirmed { coordinator, .. }
        | Action::Park { coordinator, .. } => Some(coordinator),
        _ => None,
    };
    !changed || writer.is_some_and(|coordinator| before.coordinators[coordinator].is_current())
}

#[cfg(test)]
mod tests;
