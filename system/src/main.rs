//! The binary `likewise`: reads the command line, then hands over to [`command`].

mod command;

use std::process::ExitCode;

use clap::Parser;

use command::Command;

fn main() -> ExitCode {
    match command::run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.code()
        }
    }
}
