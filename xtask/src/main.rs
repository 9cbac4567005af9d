//! The project's own chores, run as `cargo xtask`.
//!
//! `cargo xtask test` is the gate every change passes, and the whole of what CI runs, so a green run here is a
//! green run there. `cargo xtask postgres` lends a throw-away database server to try the services on.
//!
//! Where to read next: `stages.rs` is the table of what the gate checks, `gate.rs` runs it, `lib.rs` leads to the
//! temporary server.

mod gate;
mod playground;
mod stages;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

const TEST_EXAMPLES: &str = "\
Examples:
  cargo xtask test                              everything, as CI does
  cargo xtask test --only tests                 one stage, with its temporary PostgreSQL
  cargo xtask test --only fmt --only clippy     several, in the gate's order
  cargo xtask test --list                       the stages and the commands behind them
  LIKEWISE_TEST_POSTGRES=postgres://postgres@127.0.0.1:5432/postgres cargo xtask test --only tests
                                                use a server that is already running";

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
        Chore::Postgres => playground::run(),
    }
}
