//! Everything that one load measured. The fields keep their names in JSON, where scripts read them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{consistency::ConsistencyReport, latencies::Quantiles, time_series::SecondRow};

/// Everything that one load measured.
#[derive(Debug, Serialize)]
pub(crate) struct LoadReport {
    pub(crate) system: String,
    pub(crate) load: String,
    pub(crate) seconds: f64,
    pub(crate) likes: u64,
    pub(crate) unlikes: u64,
    pub(crate) reads: u64,
    /// Likes and unlikes that were carried out, per second.
    pub(crate) writes_per_second: f64,
    pub(crate) reads_per_second: f64,
    pub(crate) refused: u64,
    pub(crate) refused_without_retry_after: u64,
    pub(crate) in_doubt: u64,
    /// The number of replies of each unexpected status.
    pub(crate) unexpected: BTreeMap<u16, u64>,
    /// Latencies of likes and unlikes, from when they were due.
    #[serde(rename = "writes")]
    pub(crate) write_latencies: Quantiles,
    /// Latencies of reads, from when they were due.
    #[serde(rename = "looks")]
    pub(crate) read_latencies: Quantiles,
    /// Latencies of refusals, from when the requests were sent.
    #[serde(rename = "refusals")]
    pub(crate) refusal_latencies: Quantiles,
    pub(crate) processes: Vec<ProcessReport>,
    #[serde(rename = "books")]
    pub(crate) consistency: ConsistencyReport,
    pub(crate) series: Vec<SecondRow>,
}

impl LoadReport {
    /// Processor time per request of all processes together, in microseconds.
    pub(crate) fn cpu_micros_per_request(&self) -> f64 {
        let each = self
            .processes
            .iter()
            .map(|process| process.cpu_micros_per_request);
        each.sum()
    }
}

/// What one process used during the measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ProcessReport {
    pub(crate) name: &'static str,
    /// Processor time for each request that was carried out.
    #[serde(rename = "cpu_micros_a_request")]
    pub(crate) cpu_micros_per_request: f64,
    pub(crate) resident_bytes_max: u64,
}
