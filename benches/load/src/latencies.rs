//! Latency histograms and their quantiles, in microseconds.

use hdrhistogram::Histogram;
use serde::Serialize;

/// The largest latency that the histogram can tell apart, in microseconds: one minute.
const MICROS_MAX: u64 = 60_000_000;

/// A histogram of latencies, in microseconds.
pub(crate) type Latencies = Histogram<u64>;

/// An empty histogram with three significant digits.
///
/// A histogram and no list, because a load has millions of requests and the generator must not allocate while it
/// measures. Longer latencies are recorded as the largest one.
pub(crate) fn latencies() -> Latencies {
    Histogram::new_with_bounds(1, MICROS_MAX, 3).expect("the bounds are constant and valid")
}

/// The quantiles of a histogram.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Quantiles {
    pub(crate) p50_micros: u64,
    pub(crate) p90_micros: u64,
    pub(crate) p99_micros: u64,
    pub(crate) p999_micros: u64,
    pub(crate) max_micros: u64,
}

impl Quantiles {
    pub(crate) fn of(latencies: &Latencies) -> Self {
        let at = |quantile| latencies.value_at_quantile(quantile);
        Self {
            p50_micros: at(0.5),
            p90_micros: at(0.9),
            p99_micros: at(0.99),
            p999_micros: at(0.999),
            max_micros: latencies.max(),
        }
    }
}
