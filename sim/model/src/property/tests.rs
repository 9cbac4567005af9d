//! Each property on one good and one bad state or step, built by hand.

use likewise_protocol::Op;

use super::*;
use crate::{
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
    assert_eq!(applied, Err(crate::action::COMPENSATION_APPLIES));
}
