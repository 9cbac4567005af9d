//! Every status, belief and row.

use BarrierState::{Done, Refused, Tomb, Undone};
use Verdict::{Agree, Contradiction, InDoubt};

use super::*;
use crate::Document;

const ROWS: [Row; 11] = [
    Row::Unread,
    Row::Absent,
    Row::Stored(Done),
    Row::Stored(Refused),
    Row::Stored(Undone),
    Row::Stored(Tomb),
    Row::Stale(None),
    Row::Stale(Some(Done)),
    Row::Stale(Some(Refused)),
    Row::Stale(Some(Undone)),
    Row::Stale(Some(Tomb)),
];

const STATUSES: [Status; 4] = [
    Status::Running,
    Status::Compensating,
    Status::Completed,
    Status::Compensated,
];

fn beliefs() -> [StepState; 6] {
    [
        StepState::Untouched,
        StepState::Unknown,
        StepState::Done {
            result: Document::default(),
        },
        StepState::Refused {
            code: "no".to_owned(),
        },
        StepState::Dead,
        StepState::Undone,
    ]
}

fn letter(verdict: Verdict) -> char {
    match verdict {
        Agree => '=',
        InDoubt => '?',
        Contradiction => '!',
    }
}

/// One line a belief: its verdicts on [`ROWS`], in order.
fn table(status: Status) -> Vec<String> {
    let line = |believed: StepState| {
        let letters = ROWS.map(|row| letter(verdict(status, &believed, row)));
        let letters: String = letters.iter().collect();
        letters
    };
    beliefs().map(line).to_vec()
}

/// `=` agree, `?` in doubt, `!` contradiction. The columns: unread, absent; stored as done, refused, undone, tombstone; below
/// the watermark without a row, and with each of the four.
#[test]
fn every_pair_of_a_belief_and_a_row_has_its_verdict() {
    for status in [Status::Running, Status::Compensating] {
        let expected = [
            "?=????!!!!!", // untouched
            "??????!!!!!", // unknown
            "?!=!?!!!!!!", // done
            "?!!=!!!!!!!", // refused
            "?!!!==!!!!!", // dead
            "?!!===!!!!!", // undone
        ];
        assert_eq!(table(status), expected, "{status:?}");
    }
    let completed = [
        "?!=!!!==!!!", // untouched
        "?!=!!!==!!!", // unknown
        "?!=!!!==!!!", // done
        "?!!!!!=!!!!", // refused
        "?!!!!!=!!!!", // dead
        "?!!!!!=!!!!", // undone
    ];
    assert_eq!(table(Status::Completed), completed);
    let compensated = [
        "?=!====!===", // untouched
        "?=!====!===", // unknown
        "?!!!=!=!!=!", // done
        "?!!=!!=!=!!", // refused
        "?!!!===!!==", // dead
        "?!!====!===", // undone
    ];
    assert_eq!(table(Status::Compensated), compensated);
}

/// A belief that a reply has just made, and every state that the row may reach from there, is never a contradiction.
#[test]
fn no_reply_that_the_barrier_gives_is_a_contradiction_while_the_saga_is_open() {
    use likewise_barrier::{Judgement, Op, initial_state, judge};
    let apply = |row: Option<BarrierState>, op: Op| match judge(row, op) {
        Judgement::Compensate => Some(Undone),
        _ => row.or(Some(initial_state(op))),
    };
    let starts = [None, Some(Done), Some(Refused), Some(Undone), Some(Tomb)];
    let mut checked = 0;
    for (start, op) in starts
        .iter()
        .flat_map(|row| [Op::Do, Op::Undo, Op::Seal].map(|op| (*row, op)))
    {
        let row = apply(start, op);
        let believed = match (op, row) {
            (Op::Undo, _) => StepState::Undone,
            (_, Some(Done)) => beliefs()[2].clone(),
            (_, Some(Refused)) => beliefs()[3].clone(),
            _ => StepState::Dead,
        };
        // Whatever copy of a request arrives before the row is read.
        let later = [Op::Do, Op::Undo, Op::Seal].map(|op| apply(row, op));
        for read in [row].into_iter().chain(later) {
            let read = Row::Stored(read.expect("each request leaves a row"));
            let found = verdict(Status::Running, &believed, read);
            assert_ne!(found, Contradiction, "{start:?} {op:?} {read:?}");
            checked += 1;
        }
        let same = Row::Stored(row.expect("each request leaves a row"));
        assert_eq!(verdict(Status::Running, &believed, same), Agree);
    }
    assert_eq!(checked, 60);
}

#[test]
fn the_worst_step_decides_about_the_saga() {
    assert_eq!([Agree, InDoubt, Agree].into_iter().max(), Some(InDoubt));
    assert_eq!(
        [InDoubt, Contradiction].into_iter().max(),
        Some(Contradiction)
    );
    for status in STATUSES {
        let found = verdict(status, &StepState::Unknown, Row::Unread);
        assert_eq!(found, InDoubt, "what was not read contradicts nothing");
    }
    for verdict in [Agree, InDoubt, Contradiction] {
        let json = serde_json::to_value(verdict).unwrap();
        assert_eq!(json, verdict.name());
    }
}
