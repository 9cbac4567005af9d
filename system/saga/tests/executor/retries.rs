//! How the steps are tried: time-outs, pauses and deadlines of their own.

use std::{sync::atomic::Ordering, time::Duration};

use likewise_saga::protocol::Outcome;
use tokio::time::sleep;

use crate::{
    participants::{LATENCY, Script},
    transfer::{
        CREDIT, DEADLINE, DEBIT, FRAUD_CHECK, NOTIFY, PARK_AFTER, PAUSES, TRANSFER_WITH_POLICIES,
        Transfer, ended, reached,
    },
};

fn lost(replies_lost: u32) -> Script {
    Script {
        replies_lost,
        ..Script::default()
    }
}

fn away(failures: u32) -> Script {
    Script {
        failures,
        ..Script::default()
    }
}

/// The sender of these tests has no time limit, so only the step's own ends the attempt.
#[tokio::test(start_paused = true)]
async fn an_attempt_ends_after_the_time_out_of_its_step() {
    let transfer = Transfer::of_kind(TRANSFER_WITH_POLICIES).script("debit", lost(1));
    transfer.run().await;
    let times = transfer.story.times_of("do debit");
    let pause = times[1] - times[0] - DEBIT.attempt_timeout.unwrap();
    let longest = DEBIT.pause_max.unwrap();
    assert!(pause >= longest && pause <= 2 * longest, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_step_without_a_policy_is_tried_as_the_executor_is_configured() {
    let transfer = Transfer::of_kind(TRANSFER_WITH_POLICIES).script("limit_check", away(1));
    transfer.run().await;
    let times = transfer.story.times_of("do limit_check");
    let pause = times[1] - times[0];
    assert!(pause >= PAUSES[0] && pause <= 2 * PAUSES[0], "{times:?}");
}

/// One limit of the pauses may be set alone. It counts even if it is beyond the executor's other limit.
#[tokio::test(start_paused = true)]
async fn the_pauses_of_a_step_keep_to_the_one_limit_that_it_sets() {
    let transfer = Transfer::of_kind(TRANSFER_WITH_POLICIES)
        .script("credit", away(1))
        .script("notify", away(4));
    transfer.run().await;
    let (shortest, longest) = (CREDIT.pause_min.unwrap(), NOTIFY.pause_max.unwrap());
    for (line, limit) in [("do credit", shortest), ("do notify", longest)] {
        let times = transfer.story.times_of(line);
        for pair in times.windows(2) {
            let pause = pair[1] - pair[0] - LATENCY;
            // Jitter makes a pause up to twice as long.
            assert!(pause >= limit && pause <= 2 * limit, "{line}: {times:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_is_refused_after_the_pivot_is_tried_with_its_own_longest_pause() {
    let refuses = Script {
        refuses: true,
        ..Script::default()
    };
    let transfer = Transfer::of_kind(TRANSFER_WITH_POLICIES).script("notify", refuses);
    let progress = transfer.start().await;
    sleep(PAUSES[1]).await;
    let times = transfer.story.times_of("do notify");
    assert!(times.len() > 2, "{times:?}");
    for pair in times.windows(2) {
        let pause = pair[1] - pair[0] - LATENCY;
        assert_eq!(pause, NOTIFY.pause_max.unwrap(), "{times:?}");
    }
    transfer.participants.repair("notify");
    assert!(matches!(ended(progress).await, Outcome::Done { .. }));
}

/// The saga's own deadline is five times as long.
#[tokio::test(start_paused = true)]
async fn past_the_deadline_of_a_step_its_group_is_sealed() {
    let transfer = Transfer::of_kind(TRANSFER_WITH_POLICIES).script("fraud_check", away(u32::MAX));
    let progress = transfer.start().await;
    let deadline = FRAUD_CHECK.deadline.unwrap();
    sleep(deadline + PAUSES[0]).await;
    let sealed = transfer.story.times_of("seal fraud_check");
    let first = transfer.story.times_of("do fraud_check")[0];
    assert_eq!(sealed[0] - first, deadline, "{:?}", transfer.story.lines());
    transfer
        .participants
        .script("fraud_check", Script::default());
    assert_eq!(ended(progress).await, Outcome::TimedOut);
    let story = transfer.story.lines();
    // The sibling was done, so it needs no seal.
    assert!(!story.contains(&"seal limit_check".to_owned()), "{story:?}");
    assert!(story.contains(&"undo limit_check".to_owned()), "{story:?}");
    assert!(transfer.story.times_of("log compensated")[0] < DEADLINE);
}

/// Each step counts its own failures. The others of its group do not add to them.
#[tokio::test(start_paused = true)]
async fn a_saga_is_parked_when_one_step_has_failed_too_often() {
    let transfer = Transfer::new()
        .script("fraud_check", away(PARK_AFTER - 1))
        .script("limit_check", away(PARK_AFTER - 1));
    let (story, _) = transfer.run().await;
    assert!(
        !story.contains(&"log running, parked".to_owned()),
        "{story:?}"
    );
    let transfer = Transfer::new()
        .script("fraud_check", away(PARK_AFTER - 1))
        .script("limit_check", away(PARK_AFTER));
    let (story, _) = transfer.run().await;
    let parked = transfer.story.times_of("log running, parked");
    assert_eq!(parked.len(), 1, "{story:?}");
}

/// The mark waits for the log, and the requests do not wait for the mark.
#[tokio::test(start_paused = true)]
async fn while_the_log_is_away_a_parked_saga_is_retried_and_then_it_is_marked() {
    let transfer = Transfer::new().script("notify", away(PARK_AFTER + 2));
    let progress = transfer.start().await;
    transfer.log.is_away.store(true, Ordering::Relaxed);
    let outcome = reached(progress.clone(), |progress| progress.outcome.is_some()).await;
    assert!(matches!(outcome.outcome, Some(Outcome::Done { .. })));
    let story = &transfer.story;
    let tries = story.times_of("do notify");
    for pair in tries.windows(2) {
        let pause = pair[1] - pair[0] - LATENCY;
        assert!(pause <= 2 * PAUSES[1], "{tries:?}");
    }
    assert!(story.times_of("log running, parked").is_empty());
    transfer.log.is_away.store(false, Ordering::Relaxed);
    sleep(2 * PAUSES[1] + LATENCY).await;
    let logged = ["log running, parked", "log completed"].map(|line| story.times_of(line).len());
    assert_eq!(logged, [1, 1], "{:?}", story.lines());
}

/// In the order in which the deadline finds them, both checks are sealed. An action that is still out is not waited for.
#[tokio::test(start_paused = true)]
async fn at_the_deadline_both_checks_are_sealed() {
    let transfer = Transfer::new()
        .script("fraud_check", away(u32::MAX))
        .script("limit_check", lost(1));
    let progress = transfer.start().await;
    sleep(DEADLINE + Duration::from_millis(10)).await;
    let sealed = ["seal fraud_check", "seal limit_check"].map(|line| transfer.story.times_of(line));
    assert_eq!(sealed[0][0], DEADLINE);
    assert_eq!(sealed[1], [DEADLINE]);
    transfer
        .participants
        .script("fraud_check", Script::default());
    assert_eq!(ended(progress).await, Outcome::TimedOut);
}
