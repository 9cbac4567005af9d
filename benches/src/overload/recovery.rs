//! When a load was normal again, after it had been too much.

use std::ops::Range;

use serde::Serialize;

use crate::{
    samples::{Sample, due_in, histogram},
    tally::End,
};

/// The stretches that are judged, in microseconds.
const TICK_MICROS: u64 = 100_000;
/// So many in a row must be normal: one may be so by chance.
const TICKS_NORMAL: usize = 5;

/// When it was normal again.
#[derive(Debug, Serialize)]
pub(super) struct Recovery {
    /// Seconds from when the load fell; nothing if it was not normal before the end.
    pub(super) after_seconds: Option<f64>,
    /// A latency that half the requests of a normal tick do not exceed, in microseconds.
    pub(super) normal_micros: u64,
}

impl Recovery {
    /// Normal is a tick whose requests were all carried out, half of them as soon as nearly all were
    /// before the overload. A request belongs to the tick in which it was due.
    pub(super) fn of(samples: &[Sample], span: Range<u64>, normal_micros: u64) -> Self {
        let starts: Vec<u64> = span.clone().step_by(TICK_MICROS as usize).collect();
        let is_normal = |start: &u64| {
            let tick = || due_in(samples, *start..(start + TICK_MICROS).min(span.end));
            let mut any = false;
            let all_done = tick().inspect(|_| any = true).all(|it| it.end == End::Done);
            let median = histogram(tick(), Sample::waited).value_at_quantile(0.5);
            any && all_done && median <= normal_micros
        };
        let normal: Vec<bool> = starts.iter().map(is_normal).collect();
        let from = normal
            .windows(TICKS_NORMAL)
            .position(|ticks| ticks.iter().all(|is_normal| *is_normal));
        Self {
            after_seconds: from.map(|tick| (tick as u64 * TICK_MICROS) as f64 / 1e6),
            normal_micros,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const FALL_MILLIS: u64 = 1_000;

    /// One request every 10 ms for two seconds, answered after what is said.
    fn after(took_millis: impl Fn(u64) -> u64, end: impl Fn(u64) -> End) -> Option<f64> {
        let samples: Vec<Sample> = (0..300)
            .map(|number| {
                let due = Duration::from_millis(number * 10);
                let took = Duration::from_millis(took_millis(number * 10));
                Sample::new(due, due, due + took, end(number * 10))
            })
            .collect();
        Recovery::of(&samples, FALL_MILLIS * 1_000..3_000_000, 5_000).after_seconds
    }

    #[test]
    fn a_load_that_is_normal_at_once_needed_no_time() {
        assert_eq!(after(|_| 3, |_| End::Done), Some(0.0));
    }

    #[test]
    fn a_queue_that_is_worked_off_takes_as_long_as_it_does() {
        let slow_until = |at: u64| if at < FALL_MILLIS + 300 { 50 } else { 3 };
        assert_eq!(after(slow_until, |_| End::Done), Some(0.3));
    }

    #[test]
    fn one_refusal_and_it_is_not_normal_yet() {
        let refused = |at: u64| match at {
            1_750 => End::Refused { retry_after: true },
            _ => End::Done,
        };
        let slow_until = |at: u64| if at < FALL_MILLIS + 400 { 50 } else { 3 };
        assert_eq!(after(slow_until, refused), Some(0.8));
    }

    #[test]
    fn what_stays_slow_does_not_recover() {
        assert_eq!(after(|_| 50, |_| End::Done), None);
    }
}
