//! Previews of sequences, groups and a pivot.

use BarrierState::{Done, Refused, Tomb, Undone};
use Row::{Absent, Stale, Stored, Unread};

use super::*;
use crate::{Definition, SagaRules, Shape, StepDefinition, StepState};

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

const TWO: Shape = Shape::sequence(2);

/// A saga that was read from the log.
fn play(status: Status, shape: Shape, event: Event, rows: &[Row]) -> (String, PreviewEnd) {
    let state = SagaState::recovered(status, shape);
    let Preview { messages, end, .. } = preview(&SagaRules, &state, event, rows).unwrap();
    let texts = messages
        .iter()
        .map(|message| format!("{} {}", message.op.name(), message.step));
    (texts.collect::<Vec<_>>().join(", "), end)
}

fn aborted(shape: Shape, rows: &[Row]) -> (String, PreviewEnd) {
    play(Status::Running, shape, Event::AbortOrdered, rows)
}

fn resumed(shape: Shape, rows: &[Row]) -> (String, PreviewEnd) {
    play(Status::Running, shape, Event::Resumed, rows)
}

fn unknown(messages: &str, why: Unforeseen) -> (String, PreviewEnd) {
    (messages.to_owned(), PreviewEnd::Unknown(why))
}

fn completed(messages: &str) -> (String, PreviewEnd) {
    (messages.to_owned(), PreviewEnd::Completed)
}

fn compensated(messages: &str) -> (String, PreviewEnd) {
    (messages.to_owned(), PreviewEnd::Compensated)
}

#[test]
fn an_abort_of_a_saga_whose_second_step_has_not_run_undoes_the_first() {
    let found = aborted(TWO, &[Stored(Done), Absent]);
    assert_eq!(found, compensated("seal 0, seal 1, undo 0"));
    // Nothing has run, so nothing is undone.
    let state = SagaState::started(TWO);
    let found = preview(&SagaRules, &state, Event::DeadlinePassed, &[Absent, Absent]).unwrap();
    assert_eq!(
        found.messages,
        [PreviewMessage {
            step: 0,
            op: Op::Seal
        }]
    );
    assert_eq!(found.end, PreviewEnd::Compensated);
}

/// The order waives the deadline, so actions go out in place of seals.
#[test]
fn an_order_to_complete_goes_forward_unless_a_step_is_dead_already() {
    let forced = |rows: &[Row]| {
        let state = SagaState {
            in_doubt: true,
            ..SagaState::recovered(Status::Running, TWO)
        };
        let found = preview(&SagaRules, &state, Event::ForceOrdered, rows).unwrap();
        let sent: Vec<_> = found
            .messages
            .iter()
            .map(|sent| (sent.op, sent.step))
            .collect();
        (sent, found.end)
    };
    let actions = vec![(Op::Do, 0), (Op::Do, 1)];
    let found = forced(&[Stored(Done), Stored(Done)]);
    assert_eq!(found, (actions.clone(), PreviewEnd::Completed));
    let may_be_refused = Unforeseen::MayBeRefused { step: 1 };
    let found = forced(&[Stored(Done), Absent]);
    assert_eq!(
        found,
        (actions.clone(), PreviewEnd::Unknown(may_be_refused))
    );
    let found = forced(&[Stored(Done), Stored(Tomb)]);
    let undone = [actions, vec![(Op::Undo, 0)]].concat();
    assert_eq!(found, (undone, PreviewEnd::Compensated));
}

/// The client may have been told, so the abort comes too late.
#[test]
fn an_abort_of_a_saga_whose_steps_are_all_done_completes_it() {
    let found = aborted(TWO, &[Stored(Done), Stored(Done)]);
    assert_eq!(found, completed("seal 0, seal 1"));
}

/// What is known of a row is as of its reading. A request that was sent earlier may reach it before the seal.
#[test]
fn an_action_that_was_sent_may_still_happen_before_its_seal() {
    let may_still_happen = |state: &SagaState, rows: &[Row]| {
        let found = preview(&SagaRules, state, Event::AbortOrdered, rows).unwrap();
        (found.end, found.may_still_happen)
    };
    let undone = PreviewEnd::Compensated;
    let recovered = SagaState::recovered(Status::Running, TWO);
    let found = may_still_happen(&recovered, &[Stored(Done), Absent]);
    assert_eq!(found, (undone, Some(1)));
    // Its action was never sent, or cannot help any more.
    let unsent = SagaState {
        steps: vec![StepState::Unknown, StepState::Untouched],
        ..recovered
    };
    let found = may_still_happen(&unsent, &[Stored(Done), Absent]);
    assert_eq!(found, (undone, None));
    for dead in [Refused, Undone, Tomb] {
        let found = may_still_happen(&recovered, &[Stored(Done), Stored(dead)]);
        assert_eq!(found, (undone, None));
    }
    let state = SagaState::recovered(Status::Running, transfer());
    let rows = [Stored(Done), Absent, Stored(Refused), Absent, Absent];
    assert_eq!(may_still_happen(&state, &rows), (undone, None));
    let found = may_still_happen(&recovered, &[Stored(Done), Stored(Done)]);
    assert_eq!(found, (PreviewEnd::Completed, None));
}

#[test]
fn a_step_that_is_known_to_be_done_is_not_asked_again() {
    let done = StepState::Done {
        result: Document::default(),
    };
    let state = SagaState {
        steps: vec![done, StepState::Unknown],
        ..SagaState::recovered(Status::Running, TWO)
    };
    let rows = [Stored(Done), Stored(Refused)];
    let found = preview(&SagaRules, &state, Event::Resumed, &rows).unwrap();
    let expected = [(1, Op::Do), (0, Op::Undo)].map(|(step, op)| PreviewMessage { step, op });
    assert_eq!(found.messages, expected);
    assert_eq!(found.end, PreviewEnd::Compensated);
}

/// The rest of the way is shown as it is if nobody refuses.
#[test]
fn an_action_that_has_not_run_may_still_be_refused() {
    let refusal = Unforeseen::MayBeRefused { step: 1 };
    let found = resumed(TWO, &[Stored(Done), Absent]);
    assert_eq!(found, unknown("do 0, do 1", refusal));
    assert_eq!(refusal.to_string(), "step 1 has not run and may be refused");
    let found = resumed(Shape::sequence(3), &[Stored(Done), Absent, Absent]);
    assert_eq!(found, unknown("do 0, do 1, do 2", refusal));
    let found = resumed(TWO, &[Stored(Done), Stored(Done)]);
    assert_eq!(found, completed("do 0, do 1"));
}

#[test]
fn a_tombstone_turns_a_saga_back_that_would_go_forward() {
    let found = resumed(TWO, &[Stored(Done), Stored(Tomb)]);
    assert_eq!(found, compensated("do 0, do 1, undo 0"));
    let found = resumed(TWO, &[Stored(Undone), Absent]);
    assert_eq!(found, compensated("do 0, undo 1"));
}

#[test]
fn an_end_that_depends_on_a_row_that_was_not_read_is_unknown() {
    let unread = |step| Unforeseen::Unread { step };
    let found = aborted(TWO, &[Stored(Done), Unread]);
    assert_eq!(found, unknown("seal 0, seal 1", unread(1)));
    assert_eq!(aborted(TWO, &[]), unknown("seal 0", unread(0)));
    // An undo has the same reply whatever the row is.
    let found = play(Status::Compensating, TWO, Event::Resumed, &[Unread, Unread]);
    assert_eq!(found, compensated("undo 1, undo 0"));
}

#[test]
fn a_saga_below_the_watermark_of_a_participant_is_parked() {
    let parked = |step| Unforeseen::Parked { step };
    let found = aborted(TWO, &[Stored(Done), Stale(None)]);
    assert_eq!(found, unknown("seal 0, seal 1", parked(1)));
    let found = play(
        Status::Compensating,
        TWO,
        Event::Resumed,
        &[Stored(Done), Stale(Some(Done))],
    );
    assert_eq!(found, unknown("undo 1", parked(1)));
}

#[test]
fn the_steps_of_a_group_go_out_together() {
    let rows = [Stored(Done), Stored(Done), Absent, Absent, Absent];
    let found = aborted(transfer(), &rows);
    // As far as a recovered saga knows, the pivot may have been sent.
    let messages = "seal 0, seal 1, seal 2, undo 3, undo 1, undo 0";
    assert_eq!(found, compensated(messages));
    let state = SagaState::started(transfer());
    let found = preview(&SagaRules, &state, Event::Resumed, &[Absent; 5]).unwrap();
    let sent: Vec<_> = found.messages.iter().map(|message| message.step).collect();
    assert_eq!(sent, [0, 1, 2, 3, 4]);
    let may_be_refused = Unforeseen::MayBeRefused { step: 0 };
    assert_eq!(found.end, PreviewEnd::Unknown(may_be_refused));
}

/// A dead sibling decides, whatever the row says that was not read.
#[test]
fn a_group_with_a_dead_step_turns_back_although_a_row_was_not_read() {
    let rows = [Stored(Done), Unread, Absent, Absent, Absent];
    let (messages, end) = aborted(transfer(), &rows);
    assert_eq!(end, PreviewEnd::Compensated);
    assert!(
        messages.starts_with("seal 0, seal 1, seal 2, undo"),
        "{messages}"
    );
    let rows = [Stored(Done), Absent, Stored(Refused), Absent, Absent];
    let (messages, end) = resumed(transfer(), &rows);
    assert_eq!(end, PreviewEnd::Compensated, "{messages}");
}

#[test]
fn a_saga_only_goes_forward_after_its_pivot() {
    let done = [Stored(Done), Stored(Done), Stored(Done), Stored(Done)];
    let before_last = |last| [done.as_slice(), &[last]].concat();
    let messages = "seal 0, seal 1, seal 2, seal 3, do 4";
    // A step after the pivot must not refuse, so its end is certain.
    assert_eq!(
        aborted(transfer(), &before_last(Absent)),
        completed(messages)
    );
    assert_eq!(
        aborted(transfer(), &before_last(Stored(Done))),
        completed(messages)
    );
    for broken in [Refused, Tomb] {
        let found = aborted(transfer(), &before_last(Stored(broken)));
        let parked = Unforeseen::Parked { step: 4 };
        assert_eq!(found, unknown(messages, parked), "{broken:?}");
    }
    let unread = Unforeseen::Unread { step: 4 };
    assert_eq!(
        aborted(transfer(), &before_last(Unread)),
        unknown(messages, unread)
    );
}

#[test]
fn an_event_that_cannot_happen_is_refused() {
    let state = SagaState::recovered(Status::Compensating, TWO);
    let logged = Event::Logged(Status::Compensating);
    assert!(preview(&SagaRules, &state, logged, &[Absent, Absent]).is_err());
}

/// Rules with a defect: they send the same request for ever.
struct Endless;

impl Rules for Endless {
    fn decide(
        &self,
        state: &SagaState,
        _event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        Ok((
            state.clone(),
            vec![Command::Send {
                step: 0,
                op: Op::Seal,
            }],
        ))
    }
}

#[test]
fn rules_that_do_not_come_to_an_end_are_stopped() {
    let state = SagaState::started(TWO);
    let found = preview(&Endless, &state, Event::Resumed, &[Stored(Done)]).unwrap();
    assert_eq!(found.end, PreviewEnd::Unknown(Unforeseen::Endless));
    assert_eq!(found.messages.len(), 1);
}

/// Every combination of rows, as the barrier would really answer: the preview of an abort is what happens.
#[test]
fn every_abort_ends_as_foreseen() {
    let rows = [
        Absent,
        Stored(Done),
        Stored(Refused),
        Stored(Undone),
        Stored(Tomb),
    ];
    for number in 0..rows.len().pow(3) {
        let stored = [0, 1, 2].map(|step| rows[number / rows.len().pow(step) % rows.len()]);
        let (messages, end) = aborted(Shape::sequence(3), &stored);
        let expected = match stored.iter().all(|row| *row == Stored(Done)) {
            true => PreviewEnd::Completed,
            false => PreviewEnd::Compensated,
        };
        assert_eq!(end, expected, "{stored:?}: {messages}");
        let has_action = messages
            .split(", ")
            .any(|message| message.starts_with("do"));
        assert!(!has_action, "an abort runs no action: {messages}");
    }
}
