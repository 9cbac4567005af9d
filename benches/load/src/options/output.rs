//! The options that choose where the report of a load goes.

use std::path::PathBuf;

use clap::Args;

use crate::load_thresholds::Demand;

/// Where the report goes.
#[derive(Args, Clone)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Writes the figures as JSON to a file, or to standard output with -
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Writes the time series as CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Writes figures and time series as one self-contained HTML page
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Fails if the load misses it: p50, p90, p99, p99.9 or max with a time, rate, refused or in-doubt; such as p99<50ms, rate>1000
    /// or refused<1%. May be given several times
    #[arg(long = "threshold", value_name = "METRIC<BOUND")]
    pub(crate) thresholds: Vec<Demand>,
}
