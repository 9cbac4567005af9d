//! The command line: `likewise serve`, alone or followed by the one service to run.
//!
//! ```text
//!  options (clap) ──► plan (checked, nothing touched) ──► process (listen, open, serve, stop)
//! ```
//!
//! Nothing on disk is touched before the whole command line is known to make sense, and no
//! database is opened before every address is ours.

mod failure;
mod logging;
mod options;
mod plan;
mod process;
mod signals;
mod span;

use std::{io, num::NonZero};

use tokio::runtime::{Builder, Runtime};

use failure::Failure;
pub(crate) use options::Command;

/// Carries a command out; returns when it was told to stop.
///
/// # Errors
/// [`Failure`], with the exit code it asks for.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    let Command::Serve(serve) = command;
    logging::start()?;
    failure::stop_on_panic();
    let plan = plan::Plan::of(serve)?;
    let runtime = runtime(plan.threads)
        .map_err(|error| Failure::Internal(format!("cannot start the runtime: {error}")))?;
    let ended = runtime.block_on(process::run(plan));
    // What is still going on is safe to tear: the next start takes it up again.
    runtime.shutdown_background();
    ended
}

/// A runtime of so many threads, unless told otherwise half as many as there are cores: the
/// others are the databases'. One thread hands nothing over, which is what a batch costs most.
fn runtime(threads: Option<u32>) -> io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.map_or(cores / 2, |threads| threads as usize);
    let mut builder = match threads {
        0 | 1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(threads.max(1)).enable_all().build()
}
