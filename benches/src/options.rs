//! What can be said on the command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::mix::Spread;

const RUN_EXAMPLES: &str = "\
Examples:
  cargo load run
      all three services in one process on SQLite, 64 clients, 10 seconds
  cargo load run --services three --engine postgres --clients 256 --mix hot
      three processes on a temporary PostgreSQL, everybody likes one article
  cargo load run --rate 5000 --seconds 30 --csv series.csv
      open loop: 5,000 requests a second whatever comes back; latency counts from when each should have begun
  cargo load run --seconds 60 --html load.html
      what was carried out, refused and waited for in each second, drawn
  cargo load run --mix zipf --likes 6 --unlikes 1 --reads 3 --json -
  cargo load run --coordinator 127.0.0.1:8080
      services that run already; add --article and --user if they listen elsewhere

At the end counts, records and acknowledgements are compared.
Exit codes: 0 they agree, 1 they do not, 2 nothing could be measured.";

const LIMIT_EXAMPLES: &str = "\
Examples:
  cargo load limit                          16, 64 and 256 clients, uniform and hot, three rounds: five minutes
  cargo load limit --rounds 1 --seconds 2   a quick look
  cargo load limit --services one --clients 16   all services in one process, 16 clients and an idle one
  cargo xtask bench-limit                   the same

The yardstick writes what a like saga writes, without HTTP, recovery or a second service.";

const OVERLOAD_EXAMPLES: &str = "\
Examples:
  cargo load overload                                     all in one process on SQLite: two minutes
  cargo load overload --services three --engine postgres  three processes on a temporary PostgreSQL
  cargo load overload --seconds 10 --json overload.json   a quick look

Exit codes: 0 every bar is reached, 1 one is missed, 2 nothing could be measured.";

const GROWTH_EXAMPLES: &str = "\
Examples:
  cargo load growth                                  up to 10 million likes on PostgreSQL: a quarter of an hour, and 16 GB
  cargo load growth --sizes 0,10000,1000000 --rounds 1 --seconds 2      a quick look
  cargo load growth --engine sqlite --sizes 0,1000000
  cargo load growth --write                          also puts table and drawing into benches/

The databases are filled by SQL, each size in its own; what the disk needs is told and checked first.
Exit codes: 0 the largest reaches 0.9 of the smallest and the books balance, 1 not so, 2 nothing could be measured.";

/// Puts load on Likewise and balances the books
#[derive(Parser)]
#[command(name = "likewise-load", bin_name = "cargo load", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Puts one load on one system
    #[command(after_help = RUN_EXAMPLES)]
    Run(Box<Run>),
    /// Twice the load that the services can carry: what is carried out, refused and lost, and when it is normal again
    #[command(after_help = OVERLOAD_EXAMPLES)]
    Overload(Box<Overload>),
    /// What a like costs as more is stored and as more clients ask
    #[command(after_help = GROWTH_EXAMPLES)]
    Growth(Growth),
    /// Ours beside pgbench, in turn, on one temporary PostgreSQL
    #[command(after_help = LIMIT_EXAMPLES)]
    Limit(Limit),
}

/// `cargo load limit`
#[derive(Args)]
pub(crate) struct Limit {
    /// How often everything is measured
    #[arg(long, value_name = "COUNT", default_value = "3", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// Seconds of each measurement
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) seconds: u32,
    /// In how many processes the services are started
    #[arg(long, value_enum, default_value = "three")]
    pub(crate) services: Services,
    /// Clients of the rows, apart by commas, 256 at most: each is a connection of the yardstick's; one idle client is measured as well
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "16,64,256", value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) clients: Vec<u32>,
    /// Articles of the rows that are not of one hot article
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) articles: u32,
    /// Binary to start; one of profile `dist` is faster [default: built in release from this checkout]
    #[arg(long, value_name = "PATH")]
    pub(crate) likewise: Option<PathBuf>,
    /// Figures as JSON to a file, or to standard output with -
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// `cargo load overload`
#[derive(Args)]
pub(crate) struct Overload {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Seconds at twice the peak
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(8..=3_600))]
    pub(crate) seconds: u32,
    /// Seconds for each number of clients among which the peak is looked for
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) peak_seconds: u32,
    /// Connections of the open loop: the most requests under way at once
    #[arg(long, value_name = "COUNT", default_value = "6000", value_parser = clap::value_parser!(u32).range(1..=8_000))]
    pub(crate) connections: u32,
    /// Articles
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) articles: u32,
    /// How likes spread over them
    #[arg(long, value_enum, default_value = "uniform")]
    pub(crate) mix: Spread,
    /// Figures as JSON to a file, or to standard output with -
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// `cargo load growth`
#[derive(Args)]
pub(crate) struct Growth {
    /// Likes that are stored before the measuring; ratios are to the first
    #[arg(long, value_name = "COUNT,…", value_delimiter = ',', default_value = "0,10000,1000000,10000000", value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    pub(crate) sizes: Vec<u64>,
    /// Finished sagas that are stored with them, at most
    #[arg(long, value_name = "COUNT", default_value = "1000000", value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    pub(crate) sagas: u64,
    /// Clients with which the sizes are measured
    #[arg(long, value_name = "COUNT", default_value = "64", value_parser = clap::value_parser!(u32).range(1..=8_000))]
    pub(crate) size_clients: u32,
    /// Numbers of clients that are measured
    #[arg(long, value_name = "COUNT,…", value_delimiter = ',', default_value = "1,4,16,64,256,1024", value_parser = clap::value_parser!(u32).range(1..=8_000))]
    pub(crate) clients: Vec<u32>,
    /// Likes that are stored when they are
    #[arg(long, value_name = "COUNT", default_value = "10000", value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    pub(crate) clients_size: u64,
    /// How often everything is measured
    #[arg(long, value_name = "COUNT", default_value = "3", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// Seconds of each measurement
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) seconds: u32,
    /// On which database
    #[arg(long, value_enum, default_value = "postgres")]
    pub(crate) engine: Engine,
    /// PostgreSQL's max_wal_size, in gigabytes [default: its own, 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) max_wal_gigabytes: Option<u32>,
    /// Binary to start; one of profile `dist` is faster [default: built in release from this checkout]
    #[arg(long, value_name = "PATH")]
    pub(crate) likewise: Option<PathBuf>,
    /// Figures as JSON to a file, or to standard output with -
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Puts the table into benches/README.md and the drawing beside it
    #[arg(long)]
    pub(crate) write: bool,
}

/// `cargo load run`
#[derive(Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) load: Load,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What is put under load.
#[derive(Args, Clone)]
#[command(next_help_heading = "System")]
pub(crate) struct Target {
    /// Coordinator that runs already; without it the services are started here
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) coordinator: Option<SocketAddr>,
    /// Article service that runs already [default: where the coordinator is]
    #[arg(long, value_name = "ADDRESS:PORT", requires = "coordinator")]
    pub(crate) article: Option<SocketAddr>,
    /// User service that runs already [default: where the coordinator is]
    #[arg(long, value_name = "ADDRESS:PORT", requires = "coordinator")]
    pub(crate) user: Option<SocketAddr>,
    /// In how many processes the services are started
    #[arg(
        long,
        value_enum,
        default_value = "one",
        conflicts_with = "coordinator"
    )]
    pub(crate) services: Services,
    /// On which database they are started; a PostgreSQL server is temporary, with durable defaults
    #[arg(
        long,
        value_enum,
        default_value = "sqlite",
        conflicts_with = "coordinator"
    )]
    pub(crate) engine: Engine,
    /// Binary to start; one of profile `dist` is faster [default: built in release from this checkout]
    #[arg(long, value_name = "PATH", conflicts_with = "coordinator")]
    pub(crate) likewise: Option<PathBuf>,
}

impl Target {
    /// So many processes on a temporary PostgreSQL.
    pub(crate) fn on_postgres(services: Services) -> Self {
        Self {
            coordinator: None,
            article: None,
            user: None,
            services,
            engine: Engine::Postgres,
            likewise: None,
        }
    }
}

impl Load {
    /// Likes alone, with the defaults.
    pub(crate) fn likes() -> Self {
        Self {
            clients: 64,
            rate: None,
            seconds: 10,
            warm_up: 1,
            articles: 1_000,
            mix: Spread::Uniform,
            likes: 1,
            unlikes: 0,
            reads: 0,
            seed: 1,
        }
    }
}

/// In how many processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Services {
    /// All services in one
    One,
    /// Each in its own
    Three,
}

/// On which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// Three files
    Sqlite,
    /// Three databases of one temporary server
    Postgres,
}

/// The load.
#[derive(Args, Clone)]
#[command(next_help_heading = "Load")]
pub(crate) struct Load {
    /// Clients, each with a connection of its own; with --rate, the most requests under way at once
    #[arg(long, value_name = "COUNT", default_value = "64", value_parser = clap::value_parser!(u32).range(1..=8_000))]
    pub(crate) clients: u32,
    /// Open loop: so many requests begin every second, whatever comes back
    #[arg(long, value_name = "PER SECOND", value_parser = clap::value_parser!(u32).range(1..=200_000))]
    pub(crate) rate: Option<u32>,
    /// Seconds that are measured
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = clap::value_parser!(u32).range(1..=3_600))]
    pub(crate) seconds: u32,
    /// Seconds before them
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = clap::value_parser!(u32).range(0..=600))]
    pub(crate) warm_up: u32,
    /// Articles, made anew for this load
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) articles: u32,
    /// Which of them is liked
    #[arg(long, value_enum, default_value = "uniform")]
    pub(crate) mix: Spread,
    /// Share of likes
    #[arg(long, value_name = "WEIGHT", default_value = "1")]
    pub(crate) likes: u32,
    /// Share of unlikes, each of a pair that was liked before
    #[arg(long, value_name = "WEIGHT", default_value = "0")]
    pub(crate) unlikes: u32,
    /// Share of reads, half of them counts and half memberships
    #[arg(long, value_name = "WEIGHT", default_value = "0")]
    pub(crate) reads: u32,
    /// Seed of what is drawn
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub(crate) seed: u64,
}

/// Where the figures go.
#[derive(Args, Clone)]
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// Figures as JSON to a file, or to standard output with -
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Time series as CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Figures and time series as one HTML page, which opens anywhere
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
