//! A histogram of atomics. That of the library takes a lock for each value.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// The upper bounds of times, in nanoseconds: those of the semantic conventions of OpenTelemetry for HTTP, 5 ms to 10 s.
const TIMES: [u64; 14] = {
    const MILLI: u64 = 1_000_000;
    [
        5 * MILLI,
        10 * MILLI,
        25 * MILLI,
        50 * MILLI,
        75 * MILLI,
        100 * MILLI,
        250 * MILLI,
        500 * MILLI,
        750 * MILLI,
        1_000 * MILLI,
        2_500 * MILLI,
        5_000 * MILLI,
        7_500 * MILLI,
        10_000 * MILLI,
    ]
};
/// The nanoseconds of a second, in which times are shown.
const SECOND: f64 = 1e9;

/// The upper bounds of sizes of batches.
const SIZES: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// Counts values in buckets.
///
/// ```
/// use std::time::Duration;
/// use likewise_saga::metrics::Histogram;
///
/// let times = Histogram::of_times();
/// times.observe_time(Duration::from_millis(5));
/// times.observe_time(Duration::from_secs(60));
/// assert_eq!(times.count(), 2);
/// ```
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// How many units are 1 in the sample.
    unit: f64,
    /// One count per bound, and one for what is greater.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// The values of a histogram at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    pub(super) sum: f64,
    pub(super) count: u64,
    /// Each bucket has its upper bound, and how many values are in it and in none before.
    pub(super) buckets: Vec<(f64, u64)>,
}

impl Histogram {
    /// Of times, in the buckets of the semantic conventions of OpenTelemetry for HTTP.
    #[must_use]
    pub fn of_times() -> Self {
        Self::new(&TIMES, SECOND)
    }

    /// Of sizes, in powers of two up to 256.
    #[must_use]
    pub fn of_sizes() -> Self {
        Self::new(&SIZES, 1.0)
    }

    fn new(bounds: &'static [u64], unit: f64) -> Self {
        Self {
            bounds,
            unit,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    /// Counts a time.
    pub fn observe_time(&self, time: Duration) {
        self.observe(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Counts a size.
    pub fn observe_size(&self, size: usize) {
        self.observe(size as u64);
    }

    fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum.fetch_add(value, Relaxed);
    }

    /// How many values were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Relaxed)).sum()
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let shown = |value: u64| value as f64 / self.unit;
        let bounds = self.bounds.iter().map(|bound| shown(*bound));
        let counts = self.counts.iter().map(|count| count.load(Relaxed));
        let buckets: Vec<_> = bounds.chain([f64::INFINITY]).zip(counts).collect();
        Snapshot {
            sum: shown(self.sum.load(Relaxed)),
            // From the same reading as the buckets, so that both agree while values are added.
            count: buckets.iter().map(|(_, count)| count).sum(),
            buckets,
        }
    }
}

impl Snapshot {
    /// Adds the values of another histogram with the same buckets.
    pub(super) fn add(&mut self, other: &Self) {
        self.sum += other.sum;
        self.count += other.count;
        for ((_, count), (_, more)) in self.buckets.iter_mut().zip(&other.buckets) {
            *count += more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        let sizes = Histogram::of_sizes();
        for size in [1, 2, 3, 256, 257] {
            sizes.observe_size(size);
        }
        let snapshot = sizes.snapshot();
        assert_eq!((snapshot.sum, snapshot.count), (519.0, 5));
        let filled = snapshot.buckets.iter().filter(|(_, count)| *count > 0);
        let filled: Vec<_> = filled.copied().collect();
        let expected = [(1.0, 1), (2.0, 1), (4.0, 1), (256.0, 1), (f64::INFINITY, 1)];
        assert_eq!(filled, expected);
    }

    #[test]
    fn times_are_shown_in_seconds() {
        let times = Histogram::of_times();
        times.observe_time(Duration::from_micros(1_500));
        times.observe_time(Duration::from_millis(75));
        let mut snapshot = times.snapshot();
        assert!((snapshot.sum - 0.0765).abs() < 1e-9, "{}", snapshot.sum);
        assert_eq!(snapshot.buckets[0], (0.005, 1));
        assert_eq!(snapshot.buckets[4], (0.075, 1));
        snapshot.add(&times.snapshot());
        assert_eq!((snapshot.count, snapshot.buckets[4].1), (4, 2));
    }
}
