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
mod values;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use likewise_cli::{Completions, Manual};

pub(crate) use comparison::Comparison;
pub(crate) use growth::Growth;
pub(crate) use load::Load;
pub(crate) use output::Output;
pub(crate) use overload::Overload;
pub(crate) use target::{Engine, Services, Target};

/// The name of the binary.
pub(crate) const PROGRAM: &str = "likewise-load";

const RUN_EXAMPLES: &str = "\
Examples:
  cargo load run
      all three services in one process on SQLite, 64 clients, 10 seconds
  cargo load run --services three --engine postgres --clients 256 --mix hot
      three processes on a temporary PostgreSQL; every like is for one article
  cargo load run --rate 5000 --seconds 30 --csv series.csv
      open loop: 5,000 requests per second, whatever the replies; latencies count from when each request was due
  cargo load run --seconds 60 --html load.html
      a page with thresholds, figures, and charts of throughput, refusals and latencies over time
  cargo load run --threshold 'p99<50ms' --threshold 'rate>1000'
      fails if one of them is missed; the quotes keep the signs from the shell
  cargo load run --mix zipf --likes 6 --unlikes 1 --reads 3 --json -
  cargo load run --coordinator localhost:8080
      services that are running already; add --article and --user if they listen elsewhere

After the load, article counts, like records and acknowledged requests are compared.
Exit codes: 0 they agree and every threshold is met, 1 otherwise, 2 the measurement failed.";

/// Puts load on Likewise and checks its consistency
#[derive(Parser)]
#[command(name = PROGRAM, bin_name = "cargo load", version)]
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
    /// Prints completions for a shell
    #[command(after_help = Completions::examples(PROGRAM))]
    Completions(Completions),
    /// Prints the manual page, or writes a page for each command
    #[command(after_help = Manual::examples(PROGRAM))]
    Man(Manual),
}

impl Cli {
    /// Parses the command line of the process. If it is invalid or asks for help, prints that and ends the process.
    pub(crate) fn of_process() -> Self {
        let matches = likewise_cli::fitted(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
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

    #[test]
    fn the_help_fits_a_narrow_terminal() {
        for columns in [60, 80, 100] {
            let wide = likewise_cli::too_wide(Cli::command(), columns);
            assert_eq!(wide, Vec::<String>::new(), "{columns} columns");
        }
    }

    #[test]
    fn a_load_takes_times_and_addresses_in_their_usual_forms() {
        let line = [
            "load",
            "run",
            "--coordinator",
            ":8080",
            "--seconds",
            "1m30s",
        ];
        let Command::Run(run) = Cli::try_parse_from(line).unwrap().command else {
            panic!("it is another command");
        };
        assert_eq!(run.target.coordinator, "127.0.0.1:8080".parse().ok());
        assert_eq!(run.load.seconds, 90);
    }

    /// Scripts and notes of earlier measurements use it.
    #[test]
    fn the_former_name_of_the_pgbench_comparison_still_works() {
        let cli = Cli::try_parse_from(["load", "limit", "--rounds", "1"]).unwrap();
        assert!(matches!(cli.command, Command::Pgbench(options) if options.rounds == 1));
    }
}
