//! `likewise-chaos`, run as `cargo chaos`: campaigns over the real services in a simulated world.
//!
//! ```text
//!  command/   one file a subcommand ──► sitting   what was run, counted, written and judged
//!                                          └────► exit      one number for scripts
//! ```
//!
//! People read standard error; with `--json`, programs read standard output.

mod arguments;
mod campaign_folder;
mod command;
mod corpus;
mod exit;
mod interrupt;
mod progress;
mod provenance;
mod sitting;
mod stopwatch;

use std::{panic, process::ExitCode};

use clap::Parser;

use command::Cli;
use exit::Exit;

/// A run makes some ten thousand small things and drops them: a seventh of its time, with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = match panic::catch_unwind(|| cli.run()) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            eprintln!("error: {error:#}");
            Exit::of_error(&error)
        }
        Err(_) => {
            eprintln!("error: this program broke; what it said is above");
            Exit::Internal
        }
    };
    exit.into()
}
