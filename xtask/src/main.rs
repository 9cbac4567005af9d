//! The project's own chores, run as `cargo xtask`.
//!
//! `cargo xtask test` is the gate every change passes, and the whole of what CI runs, so a green run here is a
//! green run there. `cargo xtask counts` counts instructions, which needs valgrind and a build of its own and is therefore
//! no part of it. `cargo xtask postgres` lends a throw-away database server to try the services on.
//!
//! Where to read next: `stages.rs` is the table of what the gate checks, `gate.rs` runs it, `lib.rs` leads to the
//! temporary server.

mod counts;
mod gate;
mod playground;
mod stages;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::browser::{self, Wishes};

const TEST_EXAMPLES: &str = "\
Examples:
  cargo xtask test                              everything, as CI does
  cargo xtask test --only tests                 one stage, with its temporary PostgreSQL
  cargo xtask test --only fmt --only clippy     several, in the gate's order
  cargo xtask test --list                       the stages and the commands behind them
  LIKEWISE_TEST_POSTGRES=postgres://postgres@127.0.0.1:5432/postgres cargo xtask test --only tests
                                                use a server that is already running";

const BROWSER_EXAMPLES: &str = "\
Examples:
  cargo xtask browser                      the report's page, tested in headless Chromium
  cargo xtask browser --only brush         the tests with this word in their names
  cargo xtask browser --pictures /tmp/p    pictures of the page in both themes, to look at
Chromium, node and npm are installed where they are missing and may be; else the tests are left out, and that is said.
LIKEWISE_CHROMIUM=/path/to/chrome names another browser.";

const POSTGRES_EXAMPLES: &str = "\
Examples:
  cargo xtask postgres     print a `likewise serve` line to paste, and wait
Enter, Ctrl-C or the end of the input stops the server and deletes its data.";

/// The chores of the Likewise repository.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Runs every check a change must pass, in order, and stops at the first failure
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// Runs only this stage; may be repeated
        #[arg(long, value_name = "STAGE", value_parser = stages::names())]
        only: Vec<String>,
        /// Lists the stages and the commands behind them, and runs nothing
        #[arg(long)]
        list: bool,
    },
    /// Tests the report's page in headless Chromium
    #[command(after_help = BROWSER_EXAMPLES)]
    Browser {
        /// Only tests whose names contain this
        #[arg(long, value_name = "WORD")]
        only: Option<String>,
        /// Puts pictures of the page into this folder
        #[arg(long, value_name = "FOLDER")]
        pictures: Option<PathBuf>,
    },
    /// Measures the services beside pgbench on one temporary PostgreSQL; options are `cargo load limit`'s
    #[command(disable_help_flag = true)]
    BenchLimit {
        /// Handed on
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Counts the instructions of the pure parts and compares them with benches/counts.tsv
    Counts {
        /// Writes what is counted into it
        #[arg(long)]
        renew: bool,
    },
    /// Lends a temporary PostgreSQL with the three services' databases
    #[command(after_help = POSTGRES_EXAMPLES)]
    Postgres,
}

fn main() -> ExitCode {
    match run(Cli::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not anyhow's own rendering: with RUST_BACKTRACE set, a trace of the chores would bury the advice.
            let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
            eprintln!("\nerror: {}", causes.join("\n  because: "));
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    match chore {
        Chore::Test { list: true, .. } => {
            print!("{}", stages::listing());
            Ok(())
        }
        Chore::Test { only, .. } => gate::run(&only),
        Chore::BenchLimit { options } => gate::bench_limit(&options),
        Chore::Counts { renew } => counts::run(&gate::repository(), renew),
        Chore::Postgres => playground::run(),
        Chore::Browser { only, pictures } => {
            browser::run(&gate::repository(), &Wishes { only, pictures })
        }
    }
}
