//! The rules, case by case for sagas of two steps. `groups.rs` has other shapes, and random histories.

use proptest::prelude::*;

use super::*;
use crate::{Document, Shape};

mod groups;

/// Two steps, one after the other.
const TWO: Shape = Shape::sequence(2);

fn done() -> StepReply {
    StepReply::Done {
        result: Document::default(),
    }
}

fn refused() -> StepReply {
    StepReply::Refused {
        code: "no".to_owned(),
    }
}

/// Applies events one by one. Returns the last state and the last command.
///
/// A saga of single steps gets one command with each decision, so only the last one is of interest.
fn apply_all(state: SagaState, events: Vec<Event>) -> (SagaState, Command) {
    let mut last = (state, vec![]);
    for event in events {
        last = decide(&last.0, event).unwrap();
    }
    (last.0, last.1.into_iter().next_back().unwrap())
}

fn replied(step: StepIndex, op: Op, reply: StepReply) -> Event {
    Event::Replied { step, op, reply }
}

/// The watermark says that the saga has ended, and the coordinator knows that it has not. One of the two is wrong, so nothing may be
/// concluded from the reply: the saga keeps its direction, and the same request is sent again.
#[test]
fn a_stale_reply_parks_the_saga_and_decides_nothing() {
    let compensating = SagaState::recovered(Status::Compensating, TWO);
    let in_doubt = SagaState {
        in_doubt: true,
        ..SagaState::recovered(Status::Running, TWO)
    };
    let running = SagaState::started(TWO);
    for (state, step, op) in [
        (running, 0, Op::Do),
        (in_doubt, 0, Op::Seal),
        (compensating, 1, Op::Undo),
    ] {
        let (before, command) = apply_all(state, vec![Event::Resumed]);
        assert_eq!(command, Command::Send { step, op });
        let stale = replied(step, op, StepReply::Stale);
        let (after, commands) = decide(&before, stale).unwrap();
        let reason = ParkReason::Stale;
        let expected = [Command::Park { step, reason }, Command::Send { step, op }];
        assert_eq!(commands, expected);
        assert_eq!(after, before);
    }
}

#[test]
fn a_saga_sends_its_actions_in_order_and_completes() {
    let (state, command) = apply_all(SagaState::started(TWO), vec![Event::Resumed]);
    assert_eq!(
        command,
        Command::Send {
            step: 0,
            op: Op::Do
        }
    );
    let (state, command) = apply_all(state, vec![replied(0, Op::Do, done())]);
    assert_eq!(
        command,
        Command::Send {
            step: 1,
            op: Op::Do
        }
    );
    let (state, command) = apply_all(state, vec![replied(1, Op::Do, done())]);
    assert_eq!(command, Command::Settle(Status::Completed));
    assert_eq!(state.status, Status::Completed);
}

/// The log reports a status once. A second report would be about another saga, or a defect of the executor.
#[test]
fn a_saga_starts_to_compensate_once() {
    let (running, _) = apply_all(SagaState::started(TWO), vec![Event::Resumed]);
    let compensate = || Event::Logged(Status::Compensating);
    let (compensating, _) = decide(&running, compensate()).unwrap();
    assert_eq!(compensating.status, Status::Compensating);
    assert!(decide(&compensating, compensate()).is_err());
    assert!(decide(&running, Event::Logged(Status::Completed)).is_err());
}

/// It also logs nothing before it settles: without an effect there is no decision that a crash could lose.
#[test]
fn a_refusal_of_the_first_step_runs_no_compensation() {
    let events = vec![Event::Resumed, replied(0, Op::Do, refused())];
    let (_, command) = apply_all(SagaState::started(TWO), events);
    assert_eq!(command, Command::Settle(Status::Compensated));
}

/// A coordinator that compensated before it logged could crash in between, and its successor would go forward.
#[test]
fn a_refusal_of_the_second_step_undoes_the_first_after_logging() {
    let events = vec![
        Event::Resumed,
        replied(0, Op::Do, done()),
        replied(1, Op::Do, refused()),
    ];
    let (state, command) = apply_all(SagaState::started(TWO), events);
    assert_eq!(command, Command::Log(Status::Compensating));
    let (state, command) = apply_all(state, vec![Event::Logged(Status::Compensating)]);
    assert_eq!(
        command,
        Command::Send {
            step: 0,
            op: Op::Undo
        }
    );
    let (_, command) = apply_all(state, vec![replied(0, Op::Undo, StepReply::Undone)]);
    assert_eq!(command, Command::Settle(Status::Compensated));
}

/// Silence says nothing, so it changes nothing.
#[test]
fn without_a_reply_the_same_request_is_sent_again() {
    let events = vec![
        Event::Resumed,
        Event::NoReply {
            step: 0,
            op: Op::Do,
        },
    ];
    let (_, command) = apply_all(SagaState::started(TWO), events);
    assert_eq!(
        command,
        Command::Send {
            step: 0,
            op: Op::Do
        }
    );
}

/// The client may already have its answer, so a saga that is done must never be undone.
#[test]
fn in_doubt_a_saga_seals_and_completes_if_every_step_is_done() {
    let events = vec![
        Event::Resumed,
        replied(0, Op::Do, done()),
        Event::DeadlinePassed,
    ];
    let (state, command) = apply_all(SagaState::started(TWO), events);
    assert_eq!(
        command,
        Command::Send {
            step: 1,
            op: Op::Seal
        }
    );
    let (_, command) = apply_all(state, vec![replied(1, Op::Seal, done())]);
    assert_eq!(command, Command::Settle(Status::Completed));
}

/// A fenced coordinator may have recovered the saga, found the first step done, and sent the second one.
#[test]
fn in_doubt_a_step_that_this_coordinator_never_sent_is_sealed_too() {
    let events = vec![
        Event::Resumed,
        Event::DeadlinePassed,
        replied(0, Op::Seal, done()),
    ];
    let (state, command) = apply_all(SagaState::started(TWO), events);
    let seal = Command::Send {
        step: 1,
        op: Op::Seal,
    };
    assert_eq!(command, seal);
    let (_, command) = apply_all(state, vec![replied(1, Op::Seal, StepReply::Dead)]);
    assert_eq!(command, Command::Log(Status::Compensating));
}

/// An order never decides more than a deadline would: whether the saga can still be undone is for the participants to say.
#[test]
fn an_order_to_abort_seals_the_steps_and_a_saga_that_is_done_goes_forward() {
    let events = vec![Event::Resumed, Event::AbortOrdered];
    let (state, command) = apply_all(SagaState::started(TWO), events);
    let seal = |step| Command::Send { step, op: Op::Seal };
    assert_eq!(command, seal(0));
    let (_, dead) = apply_all(state.clone(), vec![replied(0, Op::Seal, StepReply::Dead)]);
    assert_eq!(
        dead,
        Command::Settle(Status::Compensated),
        "nothing was done"
    );
    let first = vec![
        replied(0, Op::Seal, done()),
        replied(1, Op::Seal, StepReply::Dead),
    ];
    let (_, dead) = apply_all(state.clone(), first);
    assert_eq!(dead, Command::Log(Status::Compensating));
    let all_done = vec![replied(0, Op::Seal, done()), replied(1, Op::Seal, done())];
    let (_, command) = apply_all(state, all_done);
    assert_eq!(command, Command::Settle(Status::Completed));
}

#[test]
fn an_order_to_complete_waives_the_deadline_and_sends_actions_again() {
    let events = vec![
        Event::Resumed,
        Event::DeadlinePassed,
        Event::ForceOrdered,
        Event::DeadlinePassed,
    ];
    let (state, command) = apply_all(SagaState::started(TWO), events);
    let action = |step| Command::Send { step, op: Op::Do };
    assert_eq!(command, action(0));
    assert!(!state.has_deadline(0));
    let (state, command) = apply_all(state, vec![replied(0, Op::Do, done())]);
    assert_eq!(command, action(1));
    // A seal before the order may have made a tombstone. Then the order comes too late.
    let (_, command) = apply_all(state, vec![replied(1, Op::Do, StepReply::Dead)]);
    assert_eq!(command, Command::Log(Status::Compensating));
}

/// The decision to compensate is final, whoever wants something else.
#[test]
fn no_order_turns_a_saga_that_compensates() {
    for order in [Event::AbortOrdered, Event::ForceOrdered] {
        let state = SagaState::recovered(Status::Compensating, TWO);
        let (_, command) = apply_all(state, vec![Event::Resumed, order]);
        let (step, op) = (1, Op::Undo);
        assert_eq!(command, Command::Send { step, op });
    }
}

/// The first dead step is enough: later steps were never sent.
#[test]
fn in_doubt_a_dead_step_makes_the_saga_compensate() {
    let events = vec![
        Event::Resumed,
        Event::DeadlinePassed,
        replied(0, Op::Seal, StepReply::Dead),
    ];
    let (_, command) = apply_all(SagaState::recovered(Status::Running, TWO), events);
    assert_eq!(command, Command::Log(Status::Compensating));
}

/// The log does not say which steps were done. The barrier makes it harmless to undo one that was not.
#[test]
fn a_recovered_compensation_undoes_every_step_in_reverse() {
    let (state, command) = apply_all(
        SagaState::recovered(Status::Compensating, TWO),
        vec![Event::Resumed],
    );
    assert_eq!(
        command,
        Command::Send {
            step: 1,
            op: Op::Undo
        }
    );
    let (_, command) = apply_all(state, vec![replied(1, Op::Undo, StepReply::Undone)]);
    assert_eq!(
        command,
        Command::Send {
            step: 0,
            op: Op::Undo
        }
    );
}

#[test]
fn a_saga_that_compensates_or_has_ended_does_not_start_to_compensate() {
    for status in [Status::Compensating, Status::Compensated, Status::Completed] {
        let state = SagaState {
            status,
            ..SagaState::started(TWO)
        };
        assert!(decide(&state, Event::Logged(Status::Compensating)).is_err());
    }
}

/// The executor routes replies to the saga that asked. Another reply is a defect, and guessing would hide it.
#[test]
fn a_reply_without_a_request_is_illegal() {
    assert!(decide(&SagaState::started(TWO), replied(1, Op::Do, done())).is_err());
    assert!(decide(&SagaState::started(TWO), Event::Logged(Status::Compensated)).is_err());
}

/// A model of a participant's barrier row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Nothing,
    Done,
    Refused,
    Undone,
    Tomb,
}

impl Stored {
    fn reply(&mut self, op: Op, refuse: bool) -> StepReply {
        *self = match (*self, op) {
            (Self::Nothing, Op::Do) if refuse => Self::Refused,
            (Self::Nothing, Op::Do) => Self::Done,
            (Self::Nothing, Op::Undo | Op::Seal) => Self::Tomb,
            (Self::Done, Op::Undo) => Self::Undone,
            (unchanged, _) => unchanged,
        };
        match (*self, op) {
            (_, Op::Undo) => StepReply::Undone,
            (Self::Done, _) => done(),
            (Self::Refused, _) => refused(),
            _ => StepReply::Dead,
        }
    }
}
