//! Sagas with parallel groups and a pivot.

use super::*;
use crate::{Definition, StepDefinition};

/// Debit; two checks; credit, the pivot; notify.
fn transfer() -> Shape {
    let step = |name| StepDefinition::new(name, "service", Document::default());
    let definition = Definition::builder()
        .step(step("debit"))
        .parallel([step("fraud_check"), step("limit_check")])
        .pivot(step("credit"))
        .step(step("notify"));
    definition.build().unwrap().shape()
}

const DEBIT: StepIndex = 0;
const FRAUD_CHECK: StepIndex = 1;
const LIMIT_CHECK: StepIndex = 2;
const CREDIT: StepIndex = 3;
const NOTIFY: StepIndex = 4;

/// Sends of one operation.
fn sends<const N: usize>(op: Op, steps: [StepIndex; N]) -> Vec<Command> {
    steps.map(|step| Command::Send { step, op }).to_vec()
}

/// Applies events one by one. Returns the last state and its commands.
fn apply<const N: usize>(state: SagaState, events: [Event; N]) -> (SagaState, Vec<Command>) {
    let apply = |(state, _), event| decide(&state, event).unwrap();
    events.into_iter().fold((state, vec![]), apply)
}

fn do_done(step: StepIndex) -> Event {
    replied(step, Op::Do, done())
}

fn undone(step: StepIndex) -> Event {
    replied(step, Op::Undo, StepReply::Undone)
}

/// A transfer whose first steps are done.
fn done_up_to(last: StepIndex) -> (SagaState, Vec<Command>) {
    let resumed = apply(SagaState::started(transfer()), [Event::Resumed]);
    (0..=last).fold(resumed, |(state, _), step| apply(state, [do_done(step)]))
}

#[test]
fn the_steps_of_a_group_are_sent_at_once_and_the_next_group_when_all_are_done() {
    let (state, commands) = apply(SagaState::started(transfer()), [Event::Resumed]);
    assert_eq!(commands, sends(Op::Do, [DEBIT]));
    let (state, commands) = apply(state, [do_done(DEBIT)]);
    assert_eq!(commands, sends(Op::Do, [FRAUD_CHECK, LIMIT_CHECK]));
    // In either order, one of them is not enough.
    let (last_first, commands) = apply(state.clone(), [do_done(LIMIT_CHECK)]);
    assert_eq!(commands, sends(Op::Do, [FRAUD_CHECK]));
    let (_, commands) = apply(last_first, [do_done(FRAUD_CHECK)]);
    assert_eq!(commands, sends(Op::Do, [CREDIT]));
    let (_, commands) = apply(state, [do_done(FRAUD_CHECK)]);
    assert_eq!(commands, sends(Op::Do, [LIMIT_CHECK]));
}

/// A step that was answered must not be sent again because its sibling was not.
#[test]
fn only_the_silent_step_of_a_group_is_sent_again() {
    let (state, _) = done_up_to(FRAUD_CHECK);
    let silence = Event::NoReply {
        step: LIMIT_CHECK,
        op: Op::Do,
    };
    let (_, commands) = apply(state, [silence]);
    assert_eq!(commands, sends(Op::Do, [LIMIT_CHECK]));
}

/// The sibling may have happened, and its reply would not change the direction.
#[test]
fn a_refusal_undoes_the_siblings_first_and_then_the_groups_before() {
    let (state, _) = done_up_to(DEBIT);
    let (state, commands) = apply(state, [replied(FRAUD_CHECK, Op::Do, refused())]);
    assert_eq!(commands, [Command::Log(Status::Compensating)]);
    let (state, commands) = apply(state, [Event::Logged(Status::Compensating)]);
    assert_eq!(commands, sends(Op::Undo, [LIMIT_CHECK]));
    let (state, commands) = apply(state, [undone(LIMIT_CHECK)]);
    assert_eq!(commands, sends(Op::Undo, [DEBIT]));
    let (_, commands) = apply(state, [undone(DEBIT)]);
    assert_eq!(commands, [Command::Settle(Status::Compensated)]);
}

#[test]
fn the_steps_of_a_group_are_undone_at_once_and_the_group_before_when_all_are() {
    let (state, _) = done_up_to(LIMIT_CHECK);
    let refusal = replied(CREDIT, Op::Do, refused());
    let (state, commands) = apply(state, [refusal, Event::Logged(Status::Compensating)]);
    assert_eq!(commands, sends(Op::Undo, [FRAUD_CHECK, LIMIT_CHECK]));
    let (state, commands) = apply(state, [undone(LIMIT_CHECK)]);
    assert_eq!(commands, sends(Op::Undo, [FRAUD_CHECK]));
    let (_, commands) = apply(state, [undone(FRAUD_CHECK)]);
    assert_eq!(commands, sends(Op::Undo, [DEBIT]));
}

/// A recovered coordinator does not know what was done. It undoes what may have been, and nothing after the pivot.
#[test]
fn a_recovered_compensation_starts_at_the_pivot() {
    let recovered = SagaState::recovered(Status::Compensating, transfer());
    let (state, commands) = apply(recovered, [Event::Resumed]);
    assert_eq!(commands, sends(Op::Undo, [CREDIT]));
    let (_, commands) = apply(state, [undone(CREDIT)]);
    assert_eq!(commands, sends(Op::Undo, [FRAUD_CHECK, LIMIT_CHECK]));
}

#[test]
fn in_doubt_a_group_is_sealed_at_once_and_the_next_when_all_are_done() {
    let (state, _) = done_up_to(DEBIT);
    let (state, commands) = apply(state, [Event::DeadlinePassed]);
    assert_eq!(commands, sends(Op::Seal, [FRAUD_CHECK, LIMIT_CHECK]));
    let sealed = |step| replied(step, Op::Seal, done());
    let (state, _) = apply(state, [sealed(FRAUD_CHECK)]);
    let (_, commands) = apply(state.clone(), [sealed(LIMIT_CHECK)]);
    assert_eq!(commands, sends(Op::Seal, [CREDIT]));
    let (_, commands) = apply(state, [replied(LIMIT_CHECK, Op::Seal, StepReply::Dead)]);
    assert_eq!(commands, [Command::Log(Status::Compensating)]);
}

/// The pivot's seal decides. Whatever comes after it is owed, however late it is.
#[test]
fn a_pivot_that_turns_out_done_sends_the_rest_past_the_deadline() {
    let (state, _) = done_up_to(LIMIT_CHECK);
    let (state, commands) = apply(state, [Event::DeadlinePassed]);
    assert_eq!(commands, sends(Op::Seal, [CREDIT]));
    assert!(!state.is_committed());
    let (state, commands) = apply(state, [replied(CREDIT, Op::Seal, done())]);
    assert_eq!(commands, sends(Op::Do, [NOTIFY]));
    assert!(state.is_committed() && !state.has_deadline(NOTIFY));
    let (_, commands) = apply(state, [do_done(NOTIFY)]);
    assert_eq!(commands, [Command::Settle(Status::Completed)]);
}

#[test]
fn a_deadline_after_the_pivot_changes_nothing() {
    let (state, _) = done_up_to(CREDIT);
    assert!(!state.has_deadline(NOTIFY));
    let (_, commands) = apply(state, [Event::DeadlinePassed]);
    assert_eq!(commands, sends(Op::Do, [NOTIFY]));
}

/// By contract it cannot happen. If it does, undoing the saga would break what the client was told.
#[test]
fn a_refusal_after_the_pivot_parks_the_saga_and_keeps_its_direction() {
    let reason = ParkReason::RefusedAfterPivot;
    let park = Command::Park {
        step: NOTIFY,
        reason,
    };
    let expected = [vec![park], sends(Op::Do, [NOTIFY])].concat();
    for reply in [refused(), StepReply::Dead] {
        let (state, _) = done_up_to(CREDIT);
        let (state, commands) = apply(state, [replied(NOTIFY, Op::Do, reply)]);
        assert_eq!(commands, expected);
        assert_eq!(state.status, Status::Running);
        let (_, commands) = apply(state, [do_done(NOTIFY)]);
        assert_eq!(commands, [Command::Settle(Status::Completed)]);
    }
}

#[test]
fn a_refusal_after_the_pivot_of_a_request_that_was_never_sent_is_illegal() {
    let (before_pivot, _) = done_up_to(LIMIT_CHECK);
    let (after_pivot, _) = done_up_to(CREDIT);
    for (state, op) in [
        (&before_pivot, Op::Do),
        (&after_pivot, Op::Seal),
        (&after_pivot, Op::Undo),
    ] {
        for reply in [refused(), StepReply::Dead] {
            let decision = decide(state, replied(NOTIFY, op, reply));
            assert!(decision.is_err(), "{op:?}: {decision:?}");
        }
    }
}

#[test]
fn a_recovered_saga_asks_again_from_the_first_group_on() {
    let recovered = SagaState::recovered(Status::Running, transfer());
    let (state, commands) = apply(recovered, [Event::Resumed]);
    assert_eq!(commands, sends(Op::Do, [DEBIT]));
    let (_, commands) = apply(state, [do_done(DEBIT)]);
    assert_eq!(commands, sends(Op::Do, [FRAUD_CHECK, LIMIT_CHECK]));
}

/// What may happen to one of the requests that are under way.
#[derive(Debug, Clone, Copy)]
enum Chance {
    Lost,
    ReplyLost,
    Deadline,
    Abort,
    Force,
    Restart,
    Refused,
    Served,
}

fn chance() -> impl Strategy<Value = Chance> {
    prop_oneof![
        1 => Just(Chance::Lost),
        1 => Just(Chance::ReplyLost),
        1 => Just(Chance::Deadline),
        1 => Just(Chance::Abort),
        1 => Just(Chance::Force),
        1 => Just(Chance::Restart),
        1 => Just(Chance::Refused),
        8 => Just(Chance::Served),
    ]
}

/// A saga of groups of up to three steps. The pivot is the first group of one step from a drawn group on.
fn shapes() -> impl Strategy<Value = Shape> {
    let groups = prop::collection::vec(1_usize..4, 1..5);
    (groups, 0_usize..6).prop_map(|(groups, pivot_from)| {
        let mut has_pivot = false;
        let sized = groups.into_iter().enumerate();
        sized.fold(Shape::EMPTY, |shape, (index, size)| {
            let with_group = shape.with_group(size, has_pivot);
            has_pivot |= index >= pivot_from && size == 1;
            with_group
        })
    })
}

/// What must hold for the requests of one decision.
fn check_commands(
    shape: Shape,
    participants: &[Stored],
    commands: &[Command],
) -> Result<(), TestCaseError> {
    for command in commands {
        let Command::Send { step, op } = *command else {
            continue;
        };
        let group = shape.group(step);
        let mut before = participants[..group.start].iter();
        let mut after = participants[group.end..shape.until_pivot().end.max(group.end)].iter();
        match op {
            Op::Do | Op::Seal => prop_assert!(before.all(|stored| *stored == Stored::Done)),
            Op::Undo => prop_assert!(after.all(|stored| *stored != Stored::Done)),
        }
        prop_assert!(op == Op::Do || !shape.is_after_pivot(step));
    }
    Ok(())
}

proptest! {
    /// Participants refuse or do not reply at random, in any order within a group, the deadline passes, and the coordinator
    /// restarts. The saga ends. It completes only if every step is done, and is compensated only if none is.
    #[test]
    fn a_saga_of_any_shape_ends_and_its_outcome_is_true(
        shape in shapes(),
        chances in prop::collection::vec((chance(), 0_usize..6), 64),
    ) {
        let mut participants = vec![Stored::Nothing; shape.steps()];
        let (mut state, mut commands) = decide(&SagaState::started(shape), Event::Resumed).unwrap();
        let calm = (Chance::Served, 0);
        for (chance, number) in chances.into_iter().chain(std::iter::repeat_n(calm, 64)) {
            check_commands(shape, &participants, &commands)?;
            let event = match commands[0] {
                Command::Settle(Status::Completed) => {
                    prop_assert!(participants.iter().all(|stored| *stored == Stored::Done));
                    return Ok(());
                }
                Command::Settle(_) => {
                    prop_assert!(!participants.contains(&Stored::Done));
                    return Ok(());
                }
                Command::Log(status) => Event::Logged(status),
                Command::Park { .. } => unreachable!("no step after the pivot is refused here"),
                Command::Send { .. } => {
                    let Command::Send { step, op } = commands[number % commands.len()] else {
                        unreachable!("a decision that sends only sends");
                    };
                    let refuse = matches!(chance, Chance::Refused) && !shape.is_after_pivot(step);
                    match chance {
                        Chance::Lost => Event::NoReply { step, op },
                        Chance::Deadline => Event::DeadlinePassed,
                        Chance::Abort => Event::AbortOrdered,
                        Chance::Force => Event::ForceOrdered,
                        Chance::Restart => {
                            state = SagaState {
                                in_doubt: state.in_doubt,
                                is_forced: state.is_forced,
                                ..SagaState::recovered(state.status, shape)
                            };
                            Event::Resumed
                        }
                        Chance::ReplyLost => {
                            participants[step].reply(op, false);
                            Event::NoReply { step, op }
                        }
                        Chance::Refused | Chance::Served => {
                            replied(step, op, participants[step].reply(op, refuse))
                        }
                    }
                }
            };
            (state, commands) = decide(&state, event).unwrap();
        }
        prop_assert!(false, "the saga did not end: {:?}", state);
    }
}
