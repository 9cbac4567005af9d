//! The options of `cargo load pgbench`.

use std::path::PathBuf;

use clap::Args;

use super::{
    Services,
    values::{number, seconds},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo load pgbench                          16, 64 and 256 clients, uniform and hot, three rounds: five minutes
  cargo load pgbench --rounds 1 --seconds 2   a quick look
  cargo load pgbench --services one --clients 16   all services in one process, 16 clients and an idle one
  cargo xtask bench-pgbench                   the same

The baseline writes what a like saga writes, without HTTP, recovery or a second service.";

/// `cargo load pgbench`
#[derive(Args)]
pub(crate) struct Comparison {
    /// Number of times that everything is measured
    #[arg(long, value_name = "COUNT", default_value = "3", value_parser = number::<u32>(1..=100))]
    pub(crate) rounds: u32,
    /// Time of each measurement
    #[arg(long, value_name = "TIME", default_value = "5", value_parser = seconds(1..=600))]
    pub(crate) seconds: u32,
    /// Number of processes of the services
    #[arg(long, value_enum, default_value = "three")]
    pub(crate) services: Services,
    /// Clients of each row, separated by commas, at most 256 because the baseline uses a connection for each; one idle client is always measured as well
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "16,64,256", value_parser = number::<u32>(1..=256))]
    pub(crate) clients: Vec<u32>,
    /// Articles of the rows without a hot article
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = number::<u32>(1..=100_000))]
    pub(crate) articles: u32,
    /// Binary to start; one of profile `dist` is faster [default: a release build of this checkout]
    #[arg(long, value_name = "PATH")]
    pub(crate) likewise: Option<PathBuf>,
    /// Writes the figures as JSON to a file, or to standard output with -
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}
