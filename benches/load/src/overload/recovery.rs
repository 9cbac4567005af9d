//! How long after an overload latencies were normal again.
//!
//! Only ticks in which nothing is refused count as normal. Refusals are fast, so a service that still refused
//! everything would otherwise look recovered at once.

use std::ops::Range;

use serde::Serialize;

use crate::samples::{Sample, due_within, histogram};

/// The length of one tick, in microseconds. Each tick is judged by itself.
const TICK_MICROS: u64 = 100_000;
/// The number of normal ticks in a row that count as recovery. A single one may be normal by chance.
const NORMAL_TICKS: usize = 5;

/// The recovery after an overload.
#[derive(Debug, Serialize)]
pub(super) struct Recovery {
    /// Seconds from the end of the overload; `None` if latencies were not normal before the end of the load.
    pub(super) after_seconds: Option<f64>,
    /// The largest median latency of a normal tick, in microseconds.
    pub(super) normal_micros: u64,
}

impl Recovery {
    /// Finds the first of [`NORMAL_TICKS`] normal ticks in a row within `span`, in microseconds.
    ///
    /// A tick is normal if all its requests were carried out and their median latency is at most `normal_micros`, the p99 from
    /// before the overload. A request belongs to the tick in which it was due.
    pub(super) fn of(samples: &[Sample], span: Range<u64>, normal_micros: u64) -> Self {
        let starts: Vec<u64> = span.clone().step_by(TICK_MICROS as usize).collect();
        let is_normal = |start: &u64| {
            let tick = || due_within(samples, *start..(start + TICK_MICROS).min(span.end));
            let mut any = false;
            let all_done = tick().inspect(|_| any = true).all(Sample::is_done);
            let median = histogram(tick(), Sample::since_due).value_at_quantile(0.5);
            any && all_done && median <= normal_micros
        };
        let normal: Vec<bool> = starts.iter().map(is_normal).collect();
        let first = normal
            .windows(NORMAL_TICKS)
            .position(|ticks| ticks.iter().all(|is_normal| *is_normal));
        Self {
            after_seconds: first.map(|tick| (tick as u64 * TICK_MICROS) as f64 / 1e6),
            normal_micros,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::request_outcome::RequestOutcome;

    const OVERLOAD_END_MILLIS: u64 = 1_000;

    /// The recovery of a load with one request every 10 ms. Both functions get the due time in milliseconds.
    fn recovery(
        latency_millis: impl Fn(u64) -> u64,
        outcome: impl Fn(u64) -> RequestOutcome,
    ) -> Option<f64> {
        let samples: Vec<Sample> = (0..300)
            .map(|number| {
                let due = Duration::from_millis(number * 10);
                let latency = Duration::from_millis(latency_millis(number * 10));
                Sample::new(due, due, due + latency, outcome(number * 10))
            })
            .collect();
        Recovery::of(&samples, OVERLOAD_END_MILLIS * 1_000..3_000_000, 5_000).after_seconds
    }

    #[test]
    fn a_load_that_stays_normal_recovers_at_once() {
        assert_eq!(recovery(|_| 3, |_| RequestOutcome::Done), Some(0.0));
    }

    #[test]
    fn a_queue_delays_the_recovery_until_it_is_empty() {
        let slow_until = |at: u64| {
            if at < OVERLOAD_END_MILLIS + 300 {
                50
            } else {
                3
            }
        };
        assert_eq!(recovery(slow_until, |_| RequestOutcome::Done), Some(0.3));
    }

    /// Clients are told to retry, so a load with refusals is not normal again.
    #[test]
    fn a_single_refusal_delays_the_recovery() {
        let refused = |at: u64| match at {
            1_750 => RequestOutcome::Refused { retry_after: true },
            _ => RequestOutcome::Done,
        };
        let slow_until = |at: u64| {
            if at < OVERLOAD_END_MILLIS + 400 {
                50
            } else {
                3
            }
        };
        assert_eq!(recovery(slow_until, refused), Some(0.8));
    }

    #[test]
    fn a_load_that_stays_slow_does_not_recover() {
        assert_eq!(recovery(|_| 50, |_| RequestOutcome::Done), None);
    }
}
