//! What is locked, what is left, and how far the watermark goes, also while an append is in doubt.

use super::*;
use crate::{
    protocol::{Document, Outcome},
    time::Timestamp,
};

const ALWAYS: u32 = 0;
const NEVER: u32 = u32::MAX;

fn id(number: u128) -> SagaId {
    SagaId(Uuid::from_u128(number))
}

fn start(number: u128, lock_key: &str) -> LogEntry {
    LogEntry::Start(NewSaga {
        id: id(number),
        kind: "order".to_owned(),
        args: Document::default(),
        lock_key: lock_key.to_owned(),
        request_key: None,
        fingerprint: 0,
        deadline_at: Timestamp(0),
        settled: None,
    })
}

fn end(number: u128) -> LogEntry {
    LogEntry::StatusChange(StatusChange {
        saga: id(number),
        from: Status::Running,
        to: Status::Completed,
        parked: false,
        steps: Vec::new(),
        ordered: None,
        outcome: Some(Outcome::TimedOut),
        reason: None,
        recovers: false,
    })
}

fn verdicts(open: &mut OpenSagas, entries: &[LogEntry]) -> Vec<Verdict> {
    open.plan(entries, NEVER).verdicts
}

fn written(open: &mut OpenSagas, entries: &[LogEntry]) {
    let verdicts = verdicts(open, entries);
    assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Send));
    for entry in entries {
        open.settle(entry, Fate::Written);
    }
}

fn empty() -> OpenSagas {
    OpenSagas::new(Epoch(1), None)
}

#[test]
fn a_start_whose_append_may_be_committed_keeps_its_lock() {
    let mut open = empty();
    // Its append never answers.
    assert_eq!(verdicts(&mut open, &[start(1, "a")]), [Verdict::Send]);
    assert_eq!(
        verdicts(&mut open, &[start(2, "a")]),
        [Verdict::Locked(id(1))]
    );
    // A second attempt is refused for certain, but the first may be committed.
    let plan = open.plan(&[start(1, "a")], NEVER);
    open.forget(&plan);
    assert_eq!(
        verdicts(&mut open, &[start(2, "a")]),
        [Verdict::Locked(id(1))]
    );
    open.settle(&start(1, "a"), Fate::Found(None));
    assert_eq!(verdicts(&mut open, &[start(2, "a")]), [Verdict::Send]);
}

#[test]
fn an_end_whose_append_may_be_committed_keeps_its_lock() {
    let mut open = empty();
    written(&mut open, &[start(1, "a")]);
    assert_eq!(verdicts(&mut open, &[end(1)]), [Verdict::Send]);
    assert_eq!(
        verdicts(&mut open, &[start(2, "a")]),
        [Verdict::Locked(id(1))]
    );
    open.settle(&end(1), Fate::Found(Some(Status::Completed)));
    assert_eq!(verdicts(&mut open, &[start(2, "a")]), [Verdict::Send]);
}

/// Both may be committed by one append. "Locked" would say that nothing of the second one was done.
#[test]
fn a_start_in_doubt_is_not_called_locked() {
    let mut open = empty();
    written(&mut open, &[start(1, "a")]);
    let batch = [start(2, "a"), end(1)];
    assert_eq!(verdicts(&mut open, &batch), [Verdict::Send; 2]);
    let batch = [start(2, "a"), start(3, "b")];
    let others_go_on = [Verdict::InDoubt, Verdict::Send];
    assert_eq!(verdicts(&mut open, &batch), others_go_on);
    open.settle(&end(1), Fate::Written);
    assert_eq!(verdicts(&mut open, &[start(2, "a")]), [Verdict::Send]);
}

#[test]
fn a_batch_that_was_not_written_locks_nothing() {
    let mut open = empty();
    written(&mut open, &[start(1, "a")]);
    let plan = open.plan(&[end(1), start(2, "b")], NEVER);
    open.forget(&plan);
    assert_eq!(verdicts(&mut open, &[start(3, "b")]), [Verdict::Send]);
    assert_eq!(
        verdicts(&mut open, &[start(4, "a")]),
        [Verdict::Locked(id(1))]
    );
}

#[test]
fn a_status_is_left_once_also_within_a_batch() {
    let mut open = empty();
    written(&mut open, &[start(1, "a")]);
    let batch = [end(1), end(1), end(9)];
    let expected = [Verdict::Send, Verdict::Lost, Verdict::Lost];
    assert_eq!(verdicts(&mut open, &batch), expected);
}

#[test]
fn the_watermark_never_passes_an_open_saga_and_never_goes_back() {
    let mut open = empty();
    written(&mut open, &[start(1, "a"), start(2, "b"), start(3, "c")]);
    written(&mut open, &[end(1), end(3)]);
    let mark = |open: &mut OpenSagas| open.plan(&[], ALWAYS).mark;
    assert_eq!(mark(&mut open), Some(id(2)));
    open.marked(id(2));
    assert_eq!(mark(&mut open), None, "it is written already");
    // The end of the second one may not be committed.
    assert_eq!(verdicts(&mut open, &[end(2)]), [Verdict::Send]);
    assert_eq!(mark(&mut open), None);
    open.settle(&end(2), Fate::Written);
    assert_eq!(mark(&mut open), Some(id(3)), "all have ended");
    open.marked(id(3));
    assert_eq!(verdicts(&mut open, &[start(2, "z")]), [Verdict::TooOld]);
}

/// Otherwise a takeover would begin above a saga that is open.
#[test]
fn nothing_starts_below_a_watermark_whose_answer_was_lost() {
    let mut open = empty();
    written(&mut open, &[start(3, "c")]);
    written(&mut open, &[end(3)]);
    assert_eq!(open.plan(&[], ALWAYS).mark, Some(id(3)));
    assert_eq!(verdicts(&mut open, &[start(2, "b")]), [Verdict::TooOld]);
}

/// Its append may be repeated when many younger sagas have ended.
/// Seed 89825: the saga whose row somebody had damaged was compensated when the row was repaired.
#[test]
fn nothing_was_to_be_done_is_not_said_while_another_saga_holds_the_key() {
    let settled = |number, key: &str| match start(number, key) {
        LogEntry::Start(new) => LogEntry::Start(NewSaga {
            settled: Some(Outcome::TimedOut),
            ..new
        }),
        change @ LogEntry::StatusChange(_) => change,
    };
    let mut open = empty();
    written(&mut open, &[start(1, "a")]);
    assert_eq!(
        verdicts(&mut open, &[settled(2, "a"), settled(3, "b")]),
        [Verdict::Locked(id(1)), Verdict::Send]
    );
    // Its end comes before it in the same batch.
    assert_eq!(
        verdicts(&mut open, &[settled(4, "a"), end(1)]),
        [Verdict::Send, Verdict::Send]
    );
    open.settle(&end(1), Fate::Written);
    // What is settled locks nothing itself.
    assert_eq!(
        verdicts(&mut open, &[settled(5, "a"), start(6, "a")]),
        [Verdict::Send, Verdict::Send]
    );
}

#[test]
fn a_settled_saga_may_be_below_the_watermark() {
    let mut open = empty();
    written(&mut open, &[start(3, "c")]);
    written(&mut open, &[end(3)]);
    open.plan(&[], ALWAYS);
    let LogEntry::Start(new) = start(2, "b") else {
        unreachable!()
    };
    let settled = Some(Outcome::TimedOut);
    let settled = LogEntry::Start(NewSaga { settled, ..new });
    assert_eq!(verdicts(&mut open, &[settled]), [Verdict::Send]);
}

/// What retention marks may never be above a saga that is open, or may be.
#[test]
fn r23_the_watermark_rises_to_the_first_saga_that_may_be_open() {
    let mut open = OpenSagas::new(Epoch(1), None);
    open.read_up_to(Some(id(4)));
    let raised = |open: &mut OpenSagas| {
        let (progress, next) = open.raise();
        (progress.ended, next)
    };
    assert_eq!(raised(&mut open), (0, Some(id(4))), "all have ended");
    open.marked(id(4));
    assert_eq!(raised(&mut open), (0, None), "it is there already");

    let starts = [start(6, "a"), start(7, "b")];
    let plan = open.plan(&starts, NEVER);
    assert_eq!(raised(&mut open), (0, Some(id(6))), "it may be stored");
    assert_eq!(verdicts(&mut open, &[start(5, "c")]), [Verdict::TooOld]);
    open.forget(&plan);
    assert_eq!(raised(&mut open), (0, None), "none was stored");

    let plan = open.plan(&starts, NEVER);
    assert_eq!(plan.verdicts, [Verdict::Send; 2]);
    starts
        .iter()
        .for_each(|start| open.settle(start, Fate::Written));
    verdicts(&mut open, &[end(6)]);
    assert_eq!(raised(&mut open), (0, Some(id(6))), "its end may be lost");
    open.settle(&end(6), Fate::Written);
    assert_eq!(raised(&mut open), (1, Some(id(7))));
    open.plan(&[end(7)], NEVER);
    open.settle(&end(7), Fate::Found(Some(Status::Completed)));
    assert_eq!(raised(&mut open), (2, Some(id(7))), "the newest stays");
}
