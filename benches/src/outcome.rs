//! What a load came to, as it is shown and written.

use serde::Serialize;

use crate::{audit::Books, series::Row, tally::Latencies};

/// Everything that one load came to.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) system: String,
    pub(crate) load: String,
    pub(crate) seconds: f64,
    pub(crate) likes: u64,
    pub(crate) unlikes: u64,
    pub(crate) reads: u64,
    /// Likes and unlikes carried out, a second.
    pub(crate) writes_per_second: f64,
    pub(crate) reads_per_second: f64,
    pub(crate) refused: u64,
    pub(crate) refused_without_retry_after: u64,
    pub(crate) in_doubt: u64,
    pub(crate) unexpected: std::collections::BTreeMap<u16, u64>,
    pub(crate) writes: Quantiles,
    pub(crate) looks: Quantiles,
    /// From when they were sent; the others from when they should have been.
    pub(crate) refusals: Quantiles,
    pub(crate) processes: Vec<ProcessUsage>,
    pub(crate) books: Books,
    pub(crate) series: Vec<Row>,
}

/// Latencies, in microseconds.
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

/// What one process used while it was measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProcessUsage {
    pub(crate) name: &'static str,
    /// Processor time for each request that was carried out.
    pub(crate) cpu_micros_a_request: f64,
    pub(crate) resident_bytes_max: u64,
}
