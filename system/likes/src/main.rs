//! The binary `likewise`: parses the command line and calls [`command::run`].

mod command;

use std::process::ExitCode;

/// A like makes some hundred small allocations, and frees most of them at once. mimalloc handles these faster
/// than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match command::run() {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.code()
        }
    }
}
