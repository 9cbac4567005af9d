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
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::Internal(format!("cannot start the runtime: {error}")))?;
    let ended = runtime.block_on(process::run(plan));
    // What is still going on is safe to tear: the next start takes it up again.
    runtime.shutdown_background();
    ended
}
