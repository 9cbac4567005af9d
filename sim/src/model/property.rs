//! What must hold in every state, and for every step between two states.
//!
//! A property that the simulator also checks has the same name as in `cargo chaos list`.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::Status;

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
mod tests {
    use likewise_saga::protocol::Op;

    use super::*;
    use crate::model::{
        MUTANTS, Protocol, SCENARIOS, TRUE_PROTOCOL,
        service::Address,
        state::{Known, Maker, Reply, Row},
    };

    fn model(protocol: Protocol) -> Model<'static> {
        Model::new(protocol, SCENARIOS[0])
    }

    fn row(status: Status) -> Option<Row> {
        let steps = [Known::Untouched; 2];
        Some(Row { status, steps })
    }

    /// The state after a like that was answered and logged.
    fn liked() -> State {
        let mut state = model(TRUE_PROTOCOL).first();
        (state.likes, state.record) = (1, Some(Maker::First));
        state.sagas[0].row = row(Status::Completed);
        state.sagas[0].is_answered = true;
        state.sagas[0].steps[0].row = Some(BarrierState::Done);
        state.sagas[0].steps[1].row = Some(BarrierState::Done);
        state
    }

    /// The property that is violated by a good state after `harm`.
    fn broken(harm: impl FnOnce(&mut State)) -> Option<&'static str> {
        let mut state = liked();
        harm(&mut state);
        model(TRUE_PROTOCOL).broken_in(&state)
    }

    /// The property that is violated by a step that does `harm` to a good state.
    fn broken_by(action: Action, harm: impl FnOnce(&mut State)) -> Option<&'static str> {
        let mut after = liked();
        harm(&mut after);
        model(TRUE_PROTOCOL).broken_by_step(&liked(), action, &after)
    }

    #[test]
    fn each_property_of_states_accepts_a_good_state_and_finds_a_bad_one() {
        assert_eq!(broken(|_| {}), None);
        assert_eq!(broken(|state| state.likes = 2), Some("count-is-deltas"));
        let negative = broken(|state| {
            state.likes = -1;
            state.sagas[0].steps[0].row = Some(BarrierState::Undone);
            state.sagas[1].steps[1].row = Some(BarrierState::Done);
        });
        assert_eq!(negative, Some("likes-never-negative"));
        assert_eq!(
            broken(|state| state.record = None),
            Some("likes-equal-records")
        );
        let half = broken(|state| state.sagas[0].steps[1].row = Some(BarrierState::Tomb));
        assert_eq!(half, Some("completed-is-all-done"));
        let left = broken(|state| state.sagas[0].row = row(Status::Compensated));
        assert_eq!(left, Some("compensated-is-none-done"));
        let forgotten = broken(|state| {
            state.sagas[0].row = row(Status::Compensating);
            state.sagas[0].steps[1].row = Some(BarrierState::Undone);
        });
        assert_eq!(forgotten, Some("acknowledged-like-stays"));
    }

    #[test]
    fn count_and_record_may_differ_while_a_saga_is_open() {
        let open = broken(|state| {
            state.sagas[1].row = row(Status::Running);
            state.record = None;
        });
        assert_eq!(open, None);
    }

    #[test]
    fn each_property_of_steps_accepts_a_good_step_and_finds_a_bad_one() {
        let at = Address { saga: 1, step: 0 };
        let served = Action::Serve {
            at,
            op: Op::Do,
            refuse: false,
        };
        let done = |state: &mut State| state.sagas[1].steps[0].row = Some(BarrierState::Done);
        assert_eq!(broken_by(served, done), None);
        let back = broken_by(served, |state| {
            state.sagas[0].steps[0].row = Some(BarrierState::Refused);
        });
        assert_eq!(back, Some(NO_DONE_AFTER_TOMB));
        let written = |state: &mut State| state.sagas[1].row = row(Status::Running);
        let by_stopped = broken_by(
            Action::Start {
                coordinator: 0,
                saga: 1,
            },
            written,
        );
        assert_eq!(by_stopped, Some(STALE_EPOCH_WRITES_NOTHING));
        let up = Coordinator::Up {
            is_current: true,
            drives: [None; 2],
        };
        let twice = broken_by(Action::StartCoordinator { coordinator: 0 }, |state| {
            state.coordinators = [up; 2]
        });
        assert_eq!(twice, Some(EPOCHS_ONLY_RISE));
    }

    #[test]
    fn an_action_after_a_dead_reply_is_a_violation() {
        let (mut before, mut after) = (liked(), liked());
        before.sagas[1].steps[0]
            .replies
            .add_reply(Op::Seal, Reply::Dead);
        after.sagas[1].steps[0].row = Some(BarrierState::Done);
        let model = model(MUTANTS[0]);
        let broken = model.broken_by_step(&before, Action::Crash { coordinator: 0 }, &after);
        assert_eq!(broken, Some(NO_DONE_AFTER_TOMB));
    }

    #[test]
    fn a_compensation_that_cannot_be_applied_is_found() {
        let mut state = liked();
        state.record = None;
        let at = Address { saga: 0, step: 1 };
        let undo = Action::Serve {
            at,
            op: Op::Undo,
            refuse: false,
        };
        let applied = model(TRUE_PROTOCOL).apply(&state, undo);
        assert_eq!(applied, Err(crate::model::action::COMPENSATION_APPLIES));
    }
}
