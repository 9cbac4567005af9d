//! When a standby may take the shard: a rule without I/O.

use std::time::Duration;

use tokio::time::Instant;

use likewise_saga::{id::Epoch, lease::LeaseRow};

/// What a standby has seen of the shard.
pub(super) struct Watch {
    duration: Duration,
    /// Our own last term: it is over, so nobody holds the shard while its epoch stands.
    ended: Option<Epoch>,
    still: Option<(LeaseRow, Instant)>,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nobody holds the shard: claim it, as it was seen.
    Claim,
    /// Somebody may: look again, until then at the latest.
    Wait(Instant),
}

impl Watch {
    pub(super) fn new(duration: Duration, ended: Option<Epoch>) -> Self {
        Self {
            duration,
            ended,
            still: None,
        }
    }

    /// The row was read; `at` is after that, by a clock that never jumps.
    pub(super) fn saw(&mut self, row: &LeaseRow, at: Instant) -> Verdict {
        if row.holder.is_none() || self.ended == Some(row.epoch) {
            return Verdict::Claim;
        }
        match &self.still {
            Some((seen, since)) if stands_still(seen, row) => {
                let until = *since + self.duration;
                match at >= until {
                    true => Verdict::Claim,
                    false => Verdict::Wait(until),
                }
            }
            _ => {
                self.still = Some((row.clone(), at));
                Verdict::Wait(at + self.duration)
            }
        }
    }
}

fn stands_still(before: &LeaseRow, now: &LeaseRow) -> bool {
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
    async fn r22_a_shard_is_taken_only_after_it_stood_still_for_a_whole_lease() {
        let (mut watch, start) = (Watch::new(LEASE, None), Instant::now());
        let end = start + LEASE;
        assert_eq!(watch.saw(&row(3, 7), start), Verdict::Wait(end));
        let before = end - Duration::from_millis(1);
        assert_eq!(watch.saw(&row(3, 7), before), Verdict::Wait(end));
        assert_eq!(watch.saw(&row(3, 7), end), Verdict::Claim);
    }

    #[tokio::test(start_paused = true)]
    async fn r22_a_renewal_or_a_takeover_starts_the_count_anew() {
        let (mut watch, start) = (Watch::new(LEASE, None), Instant::now());
        watch.saw(&row(3, 7), start);
        let mut at = start;
        for changed in [row(3, 8), row(4, 8), row(4, 9)] {
            at += LEASE - Duration::from_millis(1);
            assert_eq!(watch.saw(&changed, at), Verdict::Wait(at + LEASE));
        }
        assert_eq!(watch.saw(&row(4, 9), at + LEASE), Verdict::Claim);
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_holds_is_claimed_at_once() {
        let released = LeaseRow {
            holder: None,
            ..row(3, 7)
        };
        let now = Instant::now();
        assert_eq!(Watch::new(LEASE, None).saw(&released, now), Verdict::Claim);
        let mut own = Watch::new(LEASE, Some(Epoch(3)));
        assert_eq!(own.saw(&row(3, 7), now), Verdict::Claim, "our own, ended");
        assert_eq!(own.saw(&row(4, 7), now), Verdict::Wait(now + LEASE));
    }
}
