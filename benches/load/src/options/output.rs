//! The options that choose where the report of a load goes.

use std::path::PathBuf;

use clap::Args;

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
}
