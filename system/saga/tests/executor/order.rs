//! The order of actions and compensations.

use std::time::Duration;

use likewise_barrier::BarrierState;
use likewise_saga::protocol::Outcome;

use crate::{
    participants::{LATENCY, Script},
    transfer::{PAUSES, Transfer},
};

const SLOW: Script = Script {
    delay: Duration::from_millis(200),
    failures: 0,
    replies_lost: 0,
    refuses: false,
    is_stale: false,
};
const REFUSES: Script = Script {
    delay: Duration::ZERO,
    refuses: true,
    ..SLOW
};

#[tokio::test(start_paused = true)]
async fn the_checks_are_under_way_at_once_and_the_credit_waits_for_both() {
    let transfer = Transfer::new()
        .script("fraud_check", SLOW)
        .script("limit_check", Script::default());
    let (story, outcome) = transfer.run().await;
    let expected = [
        "log running",
        "do debit",
        "do debit: done",
        "do fraud_check",
        "do limit_check",
        "do limit_check: done",
        "do fraud_check: done",
        "do credit",
        "do credit: done",
        "do notify",
        "do notify: done",
        "log completed",
    ];
    assert_eq!(story, expected);
    let Outcome::Done { results } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(results.len(), 5);
}

/// One after the other they would take twice as long.
#[tokio::test(start_paused = true)]
async fn two_slow_checks_take_as_long_as_one() {
    let transfer = Transfer::new()
        .script("fraud_check", SLOW)
        .script("limit_check", SLOW);
    transfer.run().await;
    let [checked, credited] = ["do fraud_check", "do credit"].map(|line| {
        let times = transfer.story.times_of(line);
        assert_eq!(times.len(), 1, "{line}");
        times[0]
    });
    assert_eq!(credited - checked, SLOW.delay + LATENCY);
}

/// Its reply could not change the direction any more. Its effect, if there is one, is undone.
#[tokio::test(start_paused = true)]
async fn a_refusal_does_not_wait_for_the_sibling() {
    let transfer = Transfer::new()
        .script("fraud_check", REFUSES)
        .script("limit_check", SLOW);
    let (story, outcome) = transfer.run().await;
    let expected = [
        "log running",
        "do debit",
        "do debit: done",
        "do fraud_check",
        "do limit_check",
        "do fraud_check: refused",
        "log compensating",
        "undo limit_check",
        "undo limit_check: undone",
        "undo debit",
        "undo debit: undone",
        "log compensated",
    ];
    assert_eq!(story, expected);
    let code = "no".to_owned();
    assert_eq!(outcome, Outcome::Refused { step: 1, code });
    assert_eq!(
        transfer.participants.row("limit_check"),
        Some(BarrierState::Tomb)
    );
    assert_eq!(transfer.participants.row("credit"), None);
}

#[tokio::test(start_paused = true)]
async fn both_checks_are_undone_at_once_and_the_debit_after_them() {
    let transfer = Transfer::new()
        .script("fraud_check", SLOW)
        .script("limit_check", SLOW)
        .script("credit", REFUSES);
    let (story, _) = transfer.run().await;
    let undos = story.iter().position(|line| line == "log compensating");
    let expected = [
        "log compensating",
        "undo fraud_check",
        "undo limit_check",
        "undo fraud_check: undone",
        "undo limit_check: undone",
        "undo debit",
        "undo debit: undone",
        "log compensated",
    ];
    assert_eq!(story[undos.unwrap()..], expected);
}

#[tokio::test(start_paused = true)]
async fn only_the_check_without_a_reply_is_sent_again() {
    let away = Script {
        failures: 2,
        ..Script::default()
    };
    let transfer = Transfer::new().script("limit_check", away);
    let (story, _) = transfer.run().await;
    let count = |line: &str| story.iter().filter(|other| *other == line).count();
    assert_eq!(count("do fraud_check"), 1);
    assert_eq!(count("do limit_check"), 3);
    let times = transfer.story.times_of("do limit_check");
    let pauses = [times[1] - times[0], times[2] - times[1]];
    // Jitter makes a pause up to twice as long.
    assert!(
        pauses[0] >= PAUSES[0] && pauses[0] <= 2 * PAUSES[0],
        "{pauses:?}"
    );
    assert!(
        pauses[1] >= 2 * PAUSES[0] && pauses[1] <= 4 * PAUSES[0],
        "{pauses:?}"
    );
}
