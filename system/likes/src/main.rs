//! The binary `likewise`: reads the command line, then hands over to [`command`].

mod command;

use std::process::ExitCode;

use clap::Parser;

use command::Command;

/// A like makes some hundred small allocations, most of them freed at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match command::run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.code()
        }
    }
}
