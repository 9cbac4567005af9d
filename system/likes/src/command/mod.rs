//! The command line: `likewise serve`, alone or followed by one service, and the commands for operators.
//!
//! ```text
//!  flags, environment, file ──► options (clap) ──► process_config (validated) ──► process (listen, open, serve, stop)
//! ```
//!
//! The whole command line is validated before anything on disk is touched. No database is opened before the
//! process listens: if another process has the address, it probably has the databases too. The saga log
//! is locked before any database is opened, too (`log_lock.rs`).

mod admin;
mod alerts;
mod api_docs;
mod audit;
mod config;
mod doctor;
mod duration;
mod failure;
mod file_limit;
mod health;
mod load;
mod log_lock;
mod logging;
mod migrate;
mod on_disk;
mod options;
mod process;
mod process_config;
mod reload;
mod retention_option;
mod saga;
mod security;
mod signals;
mod stop;
mod supervisor;
mod ticket_key;
mod traces;

use std::{io, num::NonZero, process::ExitCode};

use likewise_cli::config::Effective;
use tokio::runtime::{Builder, Runtime};

use config::RULES;
use failure::Failure;
use load::Given;
use logging::Logging;
pub(crate) use options::Command;
use options::{PROGRAM, ServeOptions};
use process_config::ProcessConfig;
use reload::Reloader;

/// Parses the command line of the process with its configuration, and executes the command. Returns its exit code when it is
/// done, or when a signal asked the process to stop.
///
/// # Errors
/// [`Failure`]: why the process ends early, with its exit code.
pub(crate) fn run() -> Result<ExitCode, Failure> {
    match load::first()? {
        Given::Exit(code) => Ok(code),
        Given::Command(command, config) => {
            execute(*command, &config).map_err(|failure| failure.explained(&config))
        }
    }
}

fn execute(command: Command, config: &Effective) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(options) => {
            let logging = logging::start(options.log())?;
            serve(*options, logging, config).map(|()| ExitCode::SUCCESS)
        }
        Command::Config(command) => config::run(command, config),
        Command::Migrate(command) => migrate::run(command),
        Command::Doctor(options) => doctor::run(*options),
        Command::Audit(options) => {
            logging::start(&options.log)?;
            audit::run(options)
        }
        // It logs nothing: what it finds is its output.
        Command::Saga(options) => saga::run(options),
        Command::Health(options) => health::run(&options),
        Command::Completions(shell) => {
            written(shell.write(command_line(), PROGRAM, &mut io::stdout()))
        }
        Command::Man(manual) => written(manual.write(command_line(), PROGRAM, &mut io::stdout())),
    }
}

/// The whole command line, with the options of the configuration file.
fn command_line() -> clap::Command {
    RULES.add_to(<Command as clap::CommandFactory>::command())
}

fn written(result: io::Result<()>) -> Result<ExitCode, Failure> {
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Failure::Internal(format!("cannot write: {error}"))),
    }
}

fn serve(options: ServeOptions, logging: Logging, running: &Effective) -> Result<(), Failure> {
    failure::stop_on_panic();
    let mut config = ProcessConfig::of(options)?;
    let Logging {
        flood_limit,
        filter,
    } = logging;
    let reloader = Reloader {
        running: running.clone(),
        filter,
        admission: config.services.admission(),
    };
    let runtime = runtime(config.threads)
        .map_err(|error| Failure::Internal(format!("cannot start the runtime: {error}")))?;
    runtime.spawn(flood_limit.clone().watch());
    // The next start recovers the sagas of the tasks that still run.
    let ended = run_to_end(runtime, process::run(config, reloader));
    flood_limit.report_rest();
    ended
}

/// Runs the work to its end. Does not wait for other tasks that still run, nor for a call to SQLite that was given up: dropping
/// the runtime would wait for its thread without a limit.
fn run_to_end<T>(runtime: Runtime, work: impl Future<Output = T>) -> T {
    let ended = runtime.block_on(work);
    runtime.shutdown_background();
    ended
}

/// A runtime with this number of threads.
///
/// The default is half the cores, because the databases need the other half. One thread is better than two: a
/// batch passes through several tasks, and handing work between threads is what it costs most.
fn runtime(threads: Option<u32>) -> io::Result<Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = threads.map_or(cores / 2, |threads| threads as usize);
    let mut builder = match threads {
        0 | 1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(threads.max(1)).enable_all().build()
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc::{RecvTimeoutError, channel},
        time::Duration,
    };

    use likewise_saga::env::real;
    use tokio::sync::oneshot;

    use super::*;

    /// How long the disk is silent.
    const SILENT: Duration = Duration::from_secs(5);

    #[test]
    fn r24_a_command_does_not_wait_for_a_call_that_was_given_up() {
        let (begins, begun) = oneshot::channel();
        let (answer, answered) = channel::<()>();
        let (returns, returned) = channel();
        let call = move || {
            begins.send(()).unwrap();
            let ended = answered.recv_timeout(SILENT);
            // Nobody listens if the test has failed.
            let _ = returns.send(ended);
        };
        let work = async move {
            let store = real::env().store;
            tokio::select! {
                () = store.call_blocking(Box::new(call)) => panic!("the disk is silent"),
                begun = begun => begun.unwrap(),
            }
        };
        run_to_end(runtime(Some(1)).unwrap(), work);
        // A command that waits for the call ends after it.
        answer.send(()).expect("the call still runs");
        assert_ne!(returned.recv(), Ok(Err(RecvTimeoutError::Timeout)));
    }
}
