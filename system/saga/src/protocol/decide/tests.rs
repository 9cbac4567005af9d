//! The rules, case by case, and over random histories.

use proptest::prelude::*;

use super::*;

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

/// Feeds events one by one and returns the last command.
fn play(state: SagaState, events: Vec<Event>) -> (SagaState, Command) {
    let mut at = (state, vec![]);
    for event in events {
        at = decide(&at.0, event).unwrap();
    }
    (at.0, at.1.into_iter().next_back().unwrap())
}

fn answered(step: StepIndex, op: Op, reply: StepReply) -> Event {
    Event::Answered { step, op, reply }
}

#[test]
fn a_saga_sends_its_actions_in_order_and_completes() {
    let (state, command) = play(SagaState::started(2), vec![Event::Resumed]);
    assert_eq!(
        command,
        Command::Send {
            step: 0,
            op: Op::Do
        }
    );
    let (state, command) = play(state, vec![answered(0, Op::Do, done())]);
    assert_eq!(
        command,
        Command::Send {
            step: 1,
            op: Op::Do
        }
    );
    let (state, command) = play(state, vec![answered(1, Op::Do, done())]);
    assert_eq!(command, Command::Settle(Status::Completed));
    assert_eq!(state.status, Status::Completed);
}

#[test]
fn a_saga_turns_back_once() {
    let (running, _) = play(SagaState::started(2), vec![Event::Resumed]);
    let turn = || Event::Logged(Status::Compensating);
    let (back, _) = decide(&running, turn()).unwrap();
    assert_eq!(back.status, Status::Compensating);
    assert!(decide(&back, turn()).is_err());
    assert!(decide(&running, Event::Logged(Status::Completed)).is_err());
}

#[test]
fn a_refusal_of_the_first_step_runs_no_compensation() {
    let events = vec![Event::Resumed, answered(0, Op::Do, refused())];
    let (_, command) = play(SagaState::started(2), events);
    assert_eq!(command, Command::Settle(Status::Compensated));
}

#[test]
fn a_refusal_of_the_second_step_undoes_the_first_after_logging() {
    let events = vec![
        Event::Resumed,
        answered(0, Op::Do, done()),
        answered(1, Op::Do, refused()),
    ];
    let (state, command) = play(SagaState::started(2), events);
    assert_eq!(command, Command::Log(Status::Compensating));
    let (state, command) = play(state, vec![Event::Logged(Status::Compensating)]);
    assert_eq!(
        command,
        Command::Send {
            step: 0,
            op: Op::Undo
        }
    );
    let (_, command) = play(state, vec![answered(0, Op::Undo, StepReply::Undone)]);
    assert_eq!(command, Command::Settle(Status::Compensated));
}

#[test]
fn silence_is_no_answer() {
    let events = vec![
        Event::Resumed,
        Event::Unanswered {
            step: 0,
            op: Op::Do,
        },
    ];
    let (_, command) = play(SagaState::started(2), events);
    assert_eq!(
        command,
        Command::Send {
            step: 0,
            op: Op::Do
        }
    );
}

#[test]
fn in_doubt_a_saga_seals_and_goes_forward_if_all_is_done() {
    let events = vec![
        Event::Resumed,
        answered(0, Op::Do, done()),
        Event::DeadlinePassed,
    ];
    let (state, command) = play(SagaState::started(2), events);
    assert_eq!(
        command,
        Command::Send {
            step: 1,
            op: Op::Seal
        }
    );
    let (_, command) = play(state, vec![answered(1, Op::Seal, done())]);
    assert_eq!(command, Command::Settle(Status::Completed));
}

/// A zombie may have taken the saga up, found the first step done, and sent the second one.
#[test]
fn in_doubt_even_a_step_that_was_never_sent_from_here_is_sealed() {
    let events = vec![
        Event::Resumed,
        Event::DeadlinePassed,
        answered(0, Op::Seal, done()),
    ];
    let (state, command) = play(SagaState::started(2), events);
    let seal = Command::Send {
        step: 1,
        op: Op::Seal,
    };
    assert_eq!(command, seal);
    let (_, command) = play(state, vec![answered(1, Op::Seal, StepReply::Dead)]);
    assert_eq!(command, Command::Log(Status::Compensating));
}

#[test]
fn in_doubt_a_dead_step_turns_the_saga_back() {
    let events = vec![
        Event::Resumed,
        Event::DeadlinePassed,
        answered(0, Op::Seal, StepReply::Dead),
    ];
    let (_, command) = play(SagaState::recovered(Status::Running, 2), events);
    assert_eq!(command, Command::Log(Status::Compensating));
}

#[test]
fn a_recovered_compensation_undoes_every_step_in_reverse() {
    let (state, command) = play(
        SagaState::recovered(Status::Compensating, 2),
        vec![Event::Resumed],
    );
    assert_eq!(
        command,
        Command::Send {
            step: 1,
            op: Op::Undo
        }
    );
    let (_, command) = play(state, vec![answered(1, Op::Undo, StepReply::Undone)]);
    assert_eq!(
        command,
        Command::Send {
            step: 0,
            op: Op::Undo
        }
    );
}

#[test]
fn a_saga_turns_back_once_and_never_after_its_end() {
    for status in [Status::Compensating, Status::Compensated, Status::Completed] {
        let state = SagaState {
            status,
            ..SagaState::started(2)
        };
        assert!(decide(&state, Event::Logged(Status::Compensating)).is_err());
    }
}

#[test]
fn an_answer_to_a_question_never_asked_is_illegal() {
    assert!(decide(&SagaState::started(2), answered(1, Op::Do, done())).is_err());
    assert!(decide(&SagaState::started(2), Event::Logged(Status::Compensated)).is_err());
}

proptest! {
    /// Over random services that may refuse, stay silent or let the deadline pass, with restarts
    /// in between: the saga ends, completed only if both steps are done and compensated only if
    /// none is.
    #[test]
    fn a_saga_ends_and_its_end_is_true(choices in prop::collection::vec(0u8..10, 64)) {
        let mut services = [Stored::Nothing, Stored::Nothing];
        let mut state = SagaState::started(2);
        let mut event = Event::Resumed;
        let mut choices = choices.into_iter().chain(std::iter::repeat(9));
        for _ in 0..200 {
            let (next, commands) = decide(&state, event).unwrap();
            state = next;
            event = match commands[0] {
                Command::Settle(Status::Completed) => {
                    prop_assert_eq!(services, [Stored::Done, Stored::Done]);
                    return Ok(());
                }
                Command::Settle(_) => {
                    prop_assert!(!services.contains(&Stored::Done));
                    return Ok(());
                }
                Command::Log(status) => Event::Logged(status),
                Command::Send { step, op } => match choices.next().unwrap() {
                    0 => Event::Unanswered { step, op },
                    1 => Event::DeadlinePassed,
                    2 => {
                        state = SagaState { in_doubt: state.in_doubt, ..SagaState::recovered(state.status, 2) };
                        Event::Resumed
                    }
                    3 => { services[step].answer(op, false); Event::Unanswered { step, op } }
                    n => answered(step, op, services[step].answer(op, n == 4)),
                },
            };
        }
        prop_assert!(false, "the saga did not end: {:?}", state);
    }
}

/// A service's barrier row, as the model of this test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Nothing,
    Done,
    Refused,
    Undone,
    Tomb,
}

impl Stored {
    fn answer(&mut self, op: Op, refuse: bool) -> StepReply {
        *self = match (*self, op) {
            (Self::Nothing, Op::Do) if refuse => Self::Refused,
            (Self::Nothing, Op::Do) => Self::Done,
            (Self::Nothing, Op::Undo | Op::Seal) => Self::Tomb,
            (Self::Done, Op::Undo) => Self::Undone,
            (same, _) => same,
        };
        match (*self, op) {
            (_, Op::Undo) => StepReply::Undone,
            (Self::Done, _) => done(),
            (Self::Refused, _) => refused(),
            _ => StepReply::Dead,
        }
    }
}
