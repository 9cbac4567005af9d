//! The options of `cargo load overload`.

use std::path::PathBuf;

use clap::Args;

use super::{
    Target,
    values::{number, seconds},
};
use crate::article_distribution::ArticleDistribution;

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo load overload                                     all in one process on SQLite: two minutes
  cargo load overload --services three --engine postgres  three processes on a temporary PostgreSQL
  cargo load overload --seconds 10 --json overload.json   a quick look

Exit codes: 0 every threshold is met, 1 one is missed, 2 the measurement failed.";

/// `cargo load overload`
#[derive(Args)]
pub(crate) struct Overload {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Time at twice the peak
    #[arg(long, value_name = "TIME", default_value = "60", value_parser = seconds(8..=3_600))]
    pub(crate) seconds: u32,
    /// Time for each number of clients in the search for the peak
    #[arg(long, value_name = "TIME", default_value = "5", value_parser = seconds(1..=600))]
    pub(crate) peak_seconds: u32,
    /// Connections of the open loop, which bound the number of concurrent requests
    #[arg(long, value_name = "COUNT", default_value = "6000", value_parser = number::<u32>(1..=8_000))]
    pub(crate) connections: u32,
    /// Articles
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = number::<u32>(1..=100_000))]
    pub(crate) articles: u32,
    /// Distribution of the likes over the articles
    #[arg(long, value_enum, default_value = "uniform")]
    pub(crate) mix: ArticleDistribution,
    /// Writes the figures as JSON to a file, or to standard output with -
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}
