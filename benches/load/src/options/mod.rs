//! The command line of `cargo load`: one subcommand per kind of measurement.
//!
//! Where to read next: `load.rs`, `target.rs` and `output.rs` are the options that the subcommands have in common;
//! `overload.rs`, `growth.rs` and `comparison.rs` are their own.

mod comparison;
mod growth;
mod load;
mod output;
mod overload;
mod target;

use clap::{Args, Parser, Subcommand};

pub(crate) use comparison::Comparison;
pub(crate) use growth::Growth;
pub(crate) use load::Load;
pub(crate) use output::Output;
pub(crate) use overload::Overload;
pub(crate) use target::{Engine, Services, Target};

const RUN_EXAMPLES: &str = "\
Examples:
  cargo load run
      all three services in one process on SQLite, 64 clients, 10 seconds
  cargo load run --services three --engine postgres --clients 256 --mix hot
      three processes on a temporary PostgreSQL; every like is for one article
  cargo load run --rate 5000 --seconds 30 --csv series.csv
      open loop: 5,000 requests per second, whatever the replies; latencies count from when each request was due
  cargo load run --seconds 60 --html load.html
      a chart of throughput, refusals and latencies in each second
  cargo load run --mix zipf --likes 6 --unlikes 1 --reads 3 --json -
  cargo load run --coordinator 127.0.0.1:8080
      services that are running already; add --article and --user if they listen elsewhere

After the load, article counts, like records and acknowledged requests are compared.
Exit codes: 0 they agree, 1 they differ, 2 the measurement failed.";

/// Puts load on Likewise and checks its consistency
#[derive(Parser)]
#[command(name = "likewise-load", bin_name = "cargo load", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Runs one load on one system
    #[command(after_help = RUN_EXAMPLES)]
    Run(Box<Run>),
    /// Sends twice the load that the services can carry; measures throughput, refusals and recovery
    #[command(after_help = overload::EXAMPLES)]
    Overload(Box<Overload>),
    /// Measures the cost of a like with more data and with more clients
    #[command(after_help = growth::EXAMPLES)]
    Growth(Growth),
    /// Compares Likewise with pgbench on one temporary PostgreSQL
    #[command(alias = "limit", after_help = comparison::EXAMPLES)]
    Pgbench(Comparison),
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

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command};

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// Scripts and notes of earlier measurements use it.
    #[test]
    fn the_former_name_of_the_pgbench_comparison_still_works() {
        let cli = Cli::try_parse_from(["load", "limit", "--rounds", "1"]).unwrap();
        assert!(matches!(cli.command, Command::Pgbench(options) if options.rounds == 1));
    }
}
