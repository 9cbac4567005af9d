//! The pivot: what may be undone before it, and what is owed after it.

use std::time::Duration;

use likewise_barrier::BarrierState;
use likewise_saga::protocol::{Outcome, Status};
use tokio::time::sleep;

use crate::{
    participants::{LATENCY, Script},
    transfer::{DEADLINE, PARK_AFTER, PAUSES, Transfer, ended, reached},
};

fn away(failures: u32) -> Script {
    Script {
        failures,
        ..Script::default()
    }
}

const REFUSES: Script = Script {
    delay: Duration::ZERO,
    failures: 0,
    replies_lost: 0,
    refuses: true,
    is_stale: false,
};

/// A client need not wait for a notification, which may take days.
#[tokio::test(start_paused = true)]
async fn a_client_learns_that_the_saga_is_committed_before_it_ends() {
    let transfer = Transfer::new().script("notify", away(3));
    let progress = transfer.start().await;
    let committed = reached(progress.clone(), |progress| progress.is_committed).await;
    assert_eq!(
        (committed.outcome, committed.status),
        (None, Status::Running)
    );
    assert!(matches!(ended(progress).await, Outcome::Done { .. }));
}

/// Sealed, it could turn out dead, and then a committed saga could not be finished.
#[tokio::test(start_paused = true)]
async fn past_the_deadline_a_step_after_the_pivot_is_sent_until_it_is_done() {
    let transfer = Transfer::new().script("notify", away(12));
    let (story, outcome) = transfer.run().await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let times = transfer.story.times_of("do notify");
    assert_eq!(times.len(), 13);
    assert!(times[12] > DEADLINE + PAUSES[1], "{times:?}");
    // The deadline does not cut a pause: that would be a loop without one.
    for pair in times[4..].windows(2) {
        assert!(pair[1] - pair[0] >= PAUSES[1], "{times:?}");
    }
    let parked = "log running, parked";
    assert_eq!(
        transfer.story.times_of(parked),
        [times[PARK_AFTER as usize - 1] + LATENCY]
    );
    assert!(!story.iter().any(|line| line.starts_with("seal")));
    assert!(!story.iter().any(|line| line.starts_with("undo")));
}

/// The credit has happened, whatever the coordinator knows of it. Its seal decides.
#[tokio::test(start_paused = true)]
async fn a_pivot_whose_reply_was_lost_is_sealed_at_the_deadline_and_the_saga_goes_on() {
    let lost = Script {
        replies_lost: 1,
        ..Script::default()
    };
    let transfer = Transfer::new().script("credit", lost);
    let progress = transfer.start().await;
    sleep(DEADLINE).await;
    drop(progress);
    let outcome = ended(transfer.restart()).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    let story = transfer.story.lines();
    let restart = story.iter().position(|line| line == "restart").unwrap();
    let expected = [
        "restart",
        "seal debit",
        "seal debit: done",
        "seal fraud_check",
        "seal limit_check",
        "seal fraud_check: done",
        "seal limit_check: done",
        "seal credit",
        "seal credit: done",
        "do notify",
        "do notify: done",
        "log completed",
    ];
    assert_eq!(story[restart..], expected);
}

#[tokio::test(start_paused = true)]
async fn a_pivot_that_never_arrived_is_sealed_and_the_saga_is_undone() {
    let transfer = Transfer::new().script("credit", away(u32::MAX));
    let progress = transfer.start().await;
    sleep(DEADLINE + PAUSES[1]).await;
    transfer.participants.script("credit", Script::default());
    assert_eq!(ended(progress).await, Outcome::TimedOut);
    assert_eq!(
        transfer.participants.row("credit"),
        Some(BarrierState::Tomb)
    );
    assert_eq!(
        transfer.participants.row("debit"),
        Some(BarrierState::Undone)
    );
    assert_eq!(transfer.participants.row("notify"), None);
    assert_eq!(transfer.logged(), (Status::Compensated, false));
}

/// A recovered coordinator undoes what may have been done, and nothing was ever sent past the pivot.
#[tokio::test(start_paused = true)]
async fn a_compensation_that_is_resumed_goes_on_where_it_was() {
    let transfer = Transfer::new()
        .script("credit", REFUSES)
        .script("debit", Script::default());
    let progress = transfer.start().await;
    transfer.participants.script("debit", away(u32::MAX));
    sleep(PAUSES[0]).await;
    drop(progress);
    assert_eq!(transfer.logged(), (Status::Compensating, false));
    transfer.participants.script("debit", Script::default());
    let outcome = ended(transfer.restart()).await;
    assert!(
        matches!(outcome, Outcome::Refused { step: 3, .. }),
        "{outcome:?}"
    );
    let story = transfer.story.lines();
    let restart = story.iter().position(|line| line == "restart").unwrap();
    assert_eq!(
        story[restart..],
        [
            "restart",
            "undo fraud_check",
            "undo limit_check",
            "undo fraud_check: undone",
            "undo limit_check: undone",
            "undo debit",
            "undo debit: undone",
            "log compensated",
        ]
    );
}

/// Its participant breaks the contract. Undoing the credit would break what the client was told.
#[tokio::test(start_paused = true)]
async fn a_refusal_after_the_pivot_parks_the_saga_until_somebody_repairs_the_step() {
    let transfer = Transfer::new().script("notify", REFUSES);
    let progress = transfer.start().await;
    sleep(10 * PAUSES[1]).await;
    assert_eq!(transfer.logged(), (Status::Running, true));
    assert!(progress.borrow().is_committed && progress.borrow().parked);
    assert_eq!(
        transfer.participants.row("credit"),
        Some(BarrierState::Done)
    );
    // One write, not one for each refusal, and a long pause after each.
    assert_eq!(transfer.story.times_of("log running, parked").len(), 1);
    let times = transfer.story.times_of("do notify");
    assert!(times.len() >= 9, "{times:?}");
    for pair in times.windows(2) {
        assert_eq!(pair[1] - pair[0], PAUSES[1] + LATENCY, "{times:?}");
    }
    transfer.participants.repair("notify");
    assert!(matches!(ended(progress).await, Outcome::Done { .. }));
    assert_eq!(transfer.logged(), (Status::Completed, false));
}
