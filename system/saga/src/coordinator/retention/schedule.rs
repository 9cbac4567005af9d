//! What may be deleted, and when: marks and the retention watermark. Rules without I/O.
//!
//! ```text
//!            marks, a sixteenth of a period apart
//!  ──┬──────┬──────┬──────┬──────┬──────┬──────┬────► ids, which only rise
//!    K (with its key)     R (without one)      the log's own watermark
//!    ├──────── keys ──────┼──────── sagas ─────┤       of the clock of retention
//! ```
//!
//! A mark says that at some time every saga below an identity had ended. So what is below a mark that is old enough has ended
//! long enough ago. The time is that for which some leader held the log: each leader adds what its own steady clock measures
//! to the number that the last one stored. It never runs faster than real time, whatever a wall clock does.

use std::time::Duration;

use super::config::{Keep, PARTS, Retention};
use crate::{
    id::SagaId,
    log::{EndCursor, Mark, Raise, Retained, RetentionUpdate},
};

/// The longest pause between two updates: a takeover loses at most so much of the clock.
const INTERVAL_MAX: Duration = Duration::from_secs(60);
/// The longest pause if a number of sagas is kept: it may be reached at any time.
const INTERVAL_OF_ROWS_MAX: Duration = Duration::from_secs(1);
/// The shortest pause.
const INTERVAL_MIN: Duration = Duration::from_millis(10);
/// How many marks one update deletes at the most, so that it does not hold the log for long.
const FORGET_MAX: usize = 64;

/// What the leader sees when it makes an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    /// The clock of retention.
    pub(super) clock: Duration,
    /// The number of sagas that have ended.
    pub(super) ended: u64,
    /// The log's own watermark.
    pub(super) watermark: Option<SagaId>,
}

/// The rules of a retention, over what the log has stored.
pub(super) struct Schedule {
    retention: Retention,
    pub(super) retained: Retained,
}

impl Schedule {
    pub(super) fn new(retention: Retention, retained: Retained) -> Self {
        Self {
            retention,
            retained,
        }
    }

    /// The pause between two updates.
    pub(super) fn interval(&self) -> Duration {
        let interval = match self.retention.sagas {
            Keep::For(sagas) => (sagas.min(self.retention.keys) / PARTS).min(INTERVAL_MAX),
            Keep::Last(_) => (self.retention.keys / PARTS).min(INTERVAL_OF_ROWS_MAX),
        };
        interval.max(INTERVAL_MIN)
    }

    /// What to write now.
    pub(super) fn next(&self, now: Reading) -> RetentionUpdate {
        let clock = now.clock.max(self.retained.clock);
        let ended = now.ended.max(self.retained.ended);
        let watermark = now.watermark.max(self.retained.watermark);
        let (below, keys_below) = self.choose(clock, ended, watermark);
        let is_raised = (below, keys_below) != (self.retained.below, self.retained.keys_below);
        let raise = below.filter(|_| is_raised).map(|below| Raise {
            below,
            keys_below,
            ends: self.ends(below),
        });
        RetentionUpdate {
            clock,
            ended,
            mark: watermark.filter(|below| self.is_mark_due(*below, clock, ended)),
            forget: self.superfluous(below, keys_below),
            raise,
        }
    }

    /// The log has stored an update. `mark` is its mark, with the place of the last end.
    pub(super) fn stored(&mut self, now: Reading, update: &RetentionUpdate, mark: Option<Mark>) {
        let retained = &mut self.retained;
        retained.clock = update.clock;
        retained.ended = update.ended;
        retained.watermark = now.watermark.max(retained.watermark);
        if let Some(raise) = &update.raise {
            retained.below = Some(raise.below);
            retained.keys_below = raise.keys_below;
            retained.ends = raise.ends;
        }
        let is_kept = |mark: &Mark| !update.forget.contains(&mark.clock);
        retained.marks.retain(is_kept);
        retained.marks.extend(mark);
    }

    /// The retention watermark, and that of keys. Neither ever goes back.
    fn choose(
        &self,
        clock: Duration,
        ended: u64,
        watermark: Option<SagaId>,
    ) -> (Option<SagaId>, Option<SagaId>) {
        let Retained {
            below, keys_below, ..
        } = self.retained;
        let marks = self.retained.marks.iter();
        // A mark above the log's own watermark is damaged.
        let marks = marks.filter(|mark| Some(mark.below) <= watermark);
        let old = marks.filter(|mark| match self.retention.sagas {
            Keep::For(sagas) => clock.saturating_sub(mark.clock) >= sagas,
            Keep::Last(sagas) => ended.saturating_sub(mark.ended) >= sagas,
        });
        let of_keys = |mark: &&Mark| clock.saturating_sub(mark.clock) >= self.retention.keys;
        let keys = old.clone().filter(of_keys).map(|mark| mark.below).max();
        (
            old.map(|mark| mark.below).max().max(below),
            keys.max(keys_below),
        )
    }

    /// The place up to which ends may be deleted: that of the mark after the watermark. An end that was committed while a mark was
    /// made may be after the mark's own place.
    fn ends(&self, below: SagaId) -> Option<EndCursor> {
        let marks = self.retained.marks.iter();
        let after = marks.clone().find(|mark| mark.below > below);
        let at = || marks.clone().rfind(|mark| mark.below == below);
        let ends = after.or_else(at).and_then(|mark| mark.ends);
        ends.max(self.retained.ends)
    }

    /// Whether a mark is to be made: the last one is old enough, and this one is higher.
    fn is_mark_due(&self, below: SagaId, clock: Duration, ended: u64) -> bool {
        let Some(last) = self.retained.marks.last() else {
            return Some(below) > self.retained.below;
        };
        let since = clock.saturating_sub(last.clock);
        let is_due = match self.retention.sagas {
            Keep::For(sagas) => since >= sagas.min(self.retention.keys) / PARTS,
            Keep::Last(sagas) => {
                ended.saturating_sub(last.ended) >= sagas / u64::from(PARTS)
                    || since >= self.retention.keys / PARTS
            }
        };
        is_due && below > last.below && clock > last.clock
    }

    /// The clocks of marks that no watermark can be raised to, or that are nearly the same as the mark before.
    fn superfluous(&self, below: Option<SagaId>, keys_below: Option<SagaId>) -> Vec<Duration> {
        let apart = self.retention.keys / PARTS;
        let mut last = None;
        let marks = self.retained.marks.iter().filter(|mark| {
            if Some(mark.below) > below {
                return false;
            }
            // Only the watermark of keys can be raised to it.
            let is_near = |last| mark.clock.saturating_sub(last) < apart;
            if Some(mark.below) <= keys_below || last.is_some_and(is_near) {
                return true;
            }
            last = Some(mark.clock);
            false
        });
        marks.map(|mark| mark.clock).take(FORGET_MAX).collect()
    }
}

#[cfg(test)]
mod tests;
