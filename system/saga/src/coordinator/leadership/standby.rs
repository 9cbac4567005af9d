//! When a standby may claim the lease. A rule without I/O.
//!
//! The lease row holds no time, so the standby measures one: the row must stay unchanged for a whole
//! lease, by the standby's own steady clock.

use std::time::Duration;

use tokio::time::Instant;

use crate::{id::Epoch, lease::LeaseRow};

/// What a standby has observed of the lease row.
pub(super) struct LeaseObserver {
    duration: Duration,
    /// The epoch of this coordinator's own last term. That term has ended, so nobody holds the lease
    /// while the row still has its epoch.
    last_epoch: Option<Epoch>,
    /// The row as first read in its present state, and when.
    unchanged_since: Option<(LeaseRow, Instant)>,
}

/// What the standby does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Claim the lease in the state that was read: nobody holds it.
    Claim,
    /// Another coordinator may hold the lease. Read the row again at this time at the latest.
    Wait(Instant),
}

impl LeaseObserver {
    pub(super) fn new(duration: Duration, last_epoch: Option<Epoch>) -> Self {
        Self {
            duration,
            last_epoch,
            unchanged_since: None,
        }
    }

    /// Takes note of the row. `at` is a time after it was read, by a clock that never jumps.
    pub(super) fn observe(&mut self, row: &LeaseRow, at: Instant) -> Decision {
        if row.holder.is_none() || self.last_epoch == Some(row.epoch) {
            return Decision::Claim;
        }
        match &self.unchanged_since {
            Some((first, since)) if is_unchanged(first, row) => {
                let until = *since + self.duration;
                match at >= until {
                    true => Decision::Claim,
                    false => Decision::Wait(until),
                }
            }
            _ => {
                self.unchanged_since = Some((row.clone(), at));
                Decision::Wait(at + self.duration)
            }
        }
    }
}

/// Every renewal and every takeover raises one of these two numbers.
fn is_unchanged(before: &LeaseRow, now: &LeaseRow) -> bool {
    (before.epoch, before.renewals) == (now.epoch, now.renewals)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(5);

    fn row(epoch: i64, renewals: i64) -> LeaseRow {
        LeaseRow {
            epoch: Epoch(epoch),
            renewals,
            holder: Some("http://a/".to_owned()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r22_a_lease_is_claimed_only_after_a_whole_lease_without_a_change() {
        let (mut observer, start) = (LeaseObserver::new(LEASE, None), Instant::now());
        let end = start + LEASE;
        assert_eq!(observer.observe(&row(3, 7), start), Decision::Wait(end));
        let before = end - Duration::from_millis(1);
        assert_eq!(observer.observe(&row(3, 7), before), Decision::Wait(end));
        assert_eq!(observer.observe(&row(3, 7), end), Decision::Claim);
    }

    #[tokio::test(start_paused = true)]
    async fn r22_a_renewal_or_a_takeover_restarts_the_wait() {
        let (mut observer, start) = (LeaseObserver::new(LEASE, None), Instant::now());
        observer.observe(&row(3, 7), start);
        let mut at = start;
        for changed in [row(3, 8), row(4, 8), row(4, 9)] {
            at += LEASE - Duration::from_millis(1);
            assert_eq!(observer.observe(&changed, at), Decision::Wait(at + LEASE));
        }
        assert_eq!(observer.observe(&row(4, 9), at + LEASE), Decision::Claim);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_without_a_holder_is_claimed_at_once() {
        let released = LeaseRow {
            holder: None,
            ..row(3, 7)
        };
        let now = Instant::now();
        let mut fresh = LeaseObserver::new(LEASE, None);
        assert_eq!(fresh.observe(&released, now), Decision::Claim);
        let mut own = LeaseObserver::new(LEASE, Some(Epoch(3)));
        let ended = own.observe(&row(3, 7), now);
        assert_eq!(ended, Decision::Claim, "the coordinator's own ended term");
        assert_eq!(own.observe(&row(4, 7), now), Decision::Wait(now + LEASE));
    }
}
