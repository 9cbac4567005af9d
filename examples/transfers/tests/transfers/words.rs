//! Stories and explanations speak of transfers.

use likewise_reports::{
    analysis::Why,
    story::{explain, render},
};
use likewise_transfers::{TRANSFERS, refused};
use likewise_world::System;

use super::run;

const CAPTION: &str = "client 1 moves 100 cents from account 1 to account 2 (blocked)";

#[test]
fn a_story_tells_of_transfers() {
    let story = render(&run(&refused()));
    assert!(story.contains(CAPTION), "{story}");
    for words in [
        "new saga, transfer of 100 cents from account 1 to account 2 for client 1",
        "step 0 of saga 1 undone; balance of account 1: taken 100 → 0\n",
    ] {
        assert!(story.contains(words), "{words}: {story}");
    }
}

#[test]
fn an_explanation_tells_of_transfers() {
    let system: &dyn System = &TRANSFERS;
    let record = run(&system.plan_of_bug("undo-pays-twice").unwrap());
    let explanation = explain(&record).join("\n");
    let (_, caption) = CAPTION.split_at(1);
    assert!(explanation.contains(caption), "{explanation}");
    assert!(
        explanation.contains("undo-beside-do-is-nothing"),
        "{explanation}"
    );
}

#[test]
fn the_answers_why_a_transfer_failed_speak_of_transfers() {
    let system: &dyn System = &TRANSFERS;
    let why = |bug: &str| Why::of(&run(&system.plan_of_bug(bug).unwrap())).unwrap();
    let twice = why("double-undo");
    assert_eq!(twice.cause, "a compensation ran twice");
    assert!(
        twice
            .happened
            .contains("ran twice: balance of account 1 went from 0 to −100 taken"),
        "{twice:?}"
    );
    assert!(
        twice.moment.contains("of accounts committed: "),
        "{twice:?}"
    );
    assert!(twice.reason.contains("said “undone”"), "{twice:?}");
    for bug in system.planted_bugs().iter().filter(|bug| !bug.is_control()) {
        let why = why(bug.name);
        assert!(why.reason.contains(bug.about), "{why:?}");
    }
}
