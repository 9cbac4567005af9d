//! A participant whose watermark is above an open saga: the saga waits for a person, and nothing is concluded.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::{Outcome, Status};
use tokio::time::sleep;

use crate::{
    participants::Script,
    transfer::{DEADLINE, PAUSES, Transfer, ended},
};

const STALE: Script = Script {
    delay: std::time::Duration::ZERO,
    failures: 0,
    replies_lost: 0,
    refuses: false,
    is_stale: true,
};

/// The reply is no refusal: before the pivot a refusal would undo the debit.
#[tokio::test(start_paused = true)]
async fn a_stale_step_parks_the_saga_once_and_is_sent_again_slowly() {
    let transfer = Transfer::new().script("credit", STALE);
    let progress = transfer.start().await;
    sleep(3 * PAUSES[1]).await;
    assert_eq!(transfer.logged(), (Status::Running, true));
    assert!(progress.borrow().parked);
    assert_eq!(transfer.participants.row("debit"), Some(BarrierState::Done));
    assert_eq!(transfer.story.times_of("log running, parked").len(), 1);
    let times = transfer.story.times_of("do credit");
    assert!(times.len() >= 2, "{times:?}");
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] >= PAUSES[1], "{times:?}");
    }
    // Somebody has put the watermark right.
    transfer.participants.script("credit", Script::default());
    assert!(matches!(ended(progress).await, Outcome::Done { .. }));
    assert_eq!(transfer.logged(), (Status::Completed, false));
}

/// A seal is answered alike. The saga neither completes nor turns back by it.
#[tokio::test(start_paused = true)]
async fn past_its_deadline_a_saga_with_a_stale_step_stays_open() {
    let transfer = Transfer::new().script("credit", STALE);
    let progress = transfer.start().await;
    sleep(DEADLINE + 3 * PAUSES[1]).await;
    assert_eq!(transfer.logged(), (Status::Running, true));
    assert!(!transfer.story.times_of("seal credit").is_empty());
    assert!(transfer.story.times_of("undo debit").is_empty());
    transfer.participants.script("credit", Script::default());
    assert_eq!(ended(progress).await, Outcome::TimedOut);
    assert_eq!(
        transfer.participants.row("debit"),
        Some(BarrierState::Undone)
    );
}
