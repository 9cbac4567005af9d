//! The options of `cargo load growth`.

use std::path::PathBuf;

use clap::Args;

use super::{
    Engine,
    values::{gigabytes, number, seconds},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo load growth                                  up to 10 million likes on PostgreSQL: a quarter of an hour, and 16 GB
  cargo load growth --sizes 0,10k,1M --rounds 1 --seconds 2      a quick look
  cargo load growth --engine sqlite --sizes 0,1000000
  cargo load growth --write                          also writes the table and the chart to benches/

Each size has its own databases, which are filled by SQL. The free disk space is checked first.
Exit codes: 0 the largest size reaches 0.9 of the smallest and everything is consistent, 1 otherwise, 2 the measurement failed.";

/// `cargo load growth`
#[derive(Args)]
pub(crate) struct Growth {
    /// Likes that are stored before the measurement; ratios refer to the first size
    #[arg(long, value_name = "COUNT,…", value_delimiter = ',', default_value = "0,10000,1000000,10000000", value_parser = number::<u64>(0..=1_000_000_000))]
    pub(crate) sizes: Vec<u64>,
    /// Largest number of finished sagas that are stored with them
    #[arg(long, value_name = "COUNT", default_value = "1000000", value_parser = number::<u64>(0..=1_000_000_000))]
    pub(crate) sagas: u64,
    /// Clients for the measurement of the sizes
    #[arg(long, value_name = "COUNT", default_value = "64", value_parser = number::<u32>(1..=8_000))]
    pub(crate) size_clients: u32,
    /// Numbers of clients to measure
    #[arg(long, value_name = "COUNT,…", value_delimiter = ',', default_value = "1,4,16,64,256,1024", value_parser = number::<u32>(1..=8_000))]
    pub(crate) clients: Vec<u32>,
    /// Likes that are stored for the measurement of the clients
    #[arg(long, value_name = "COUNT", default_value = "10000", value_parser = number::<u64>(0..=1_000_000_000))]
    pub(crate) clients_size: u64,
    /// Number of times that everything is measured
    #[arg(long, value_name = "COUNT", default_value = "3", value_parser = number::<u32>(1..=100))]
    pub(crate) rounds: u32,
    /// Time of each measurement
    #[arg(long, value_name = "TIME", default_value = "5", value_parser = seconds(1..=600))]
    pub(crate) seconds: u32,
    /// Database engine
    #[arg(long, value_enum, default_value = "postgres")]
    pub(crate) engine: Engine,
    /// PostgreSQL's max_wal_size, such as 8GB [default: PostgreSQL's own, 1GB]
    #[arg(long, value_name = "SIZE", value_parser = gigabytes(1..=1_000), visible_alias = "max-wal")]
    pub(crate) max_wal_gigabytes: Option<u32>,
    /// Binary to start; one of profile `dist` is faster [default: a release build of this checkout]
    #[arg(long, value_name = "PATH")]
    pub(crate) likewise: Option<PathBuf>,
    /// Writes the figures as JSON to a file, or to standard output with -
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Writes the table into benches/README.md and the chart next to it
    #[arg(long)]
    pub(crate) write: bool,
}
