//! `cargo load`: puts load on the services, measures the replies, and checks that counts, records and acknowledgements agree.
//!
//! ```text
//! options ──► system (running, or started here) ──► driver (clients) ──► measurements ──► consistency check ──► report
//! ```
//!
//! The generator shares the machine with the system that it measures, so it must be cheap: one thread, requests written by
//! hand (`http_connection.rs`), and no allocation per request.
//!
//! Where to read next: `driver.rs` runs one load; `overload/`, `growth/` and `pgbench_comparison.rs` combine several.

mod article_distribution;
mod articles;
mod baseline;
mod chart;
mod client;
mod consistency;
mod databases;
mod driver;
mod growth;
mod html_page;
mod http_connection;
mod idle_client;
mod latencies;
mod load_report;
mod load_thresholds;
mod measurements;
mod options;
mod output;
mod overload;
mod pgbench_comparison;
mod process_usage;
mod request;
mod request_mix;
mod request_outcome;
mod samples;
mod schedule;
mod service_processes;
mod statistics;
mod system;
mod text;
mod threshold;
mod time_series;

use std::{io, process::ExitCode};

use anyhow::{Result, bail};
use clap::CommandFactory;
use tokio::signal::unix::{SignalKind, signal};

use options::{Cli, Command, PROGRAM};

/// The services were inconsistent, or a threshold was missed.
const EXIT_FAILED: u8 = 1;
/// The measurement itself failed.
const EXIT_NOT_MEASURED: u8 = 2;

fn main() -> ExitCode {
    match run(Cli::of_process().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FAILED),
        Err(error) => {
            let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join("\n  because: "));
            ExitCode::from(EXIT_NOT_MEASURED)
        }
    }
}

/// Returns whether the services were consistent and every threshold was met.
fn run(command: Command) -> Result<bool> {
    // One thread, which leaves the other cores to the system under load.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, until_signal(execute(command)))
}

async fn execute(command: Command) -> Result<bool> {
    match command {
        Command::Run(options) => {
            let system = system::System::open(&options.target)?;
            let report = driver::run(&options.load, &system).await?;
            output::write(&options.output, &report)?;
            let demands = &options.output.thresholds;
            Ok(load_thresholds::is_success(&report, demands))
        }
        Command::Overload(options) => overload::run(&options).await,
        Command::Growth(options) => growth::run(&options).await,
        Command::Pgbench(options) => pgbench_comparison::run(&options).await,
        Command::Completions(shell) => {
            shell.write(Cli::command(), PROGRAM, &mut io::stdout())?;
            Ok(true)
        }
        Command::Man(manual) => {
            manual.write(Cli::command(), PROGRAM, &mut io::stdout())?;
            Ok(true)
        }
    }
}

/// Drops the work on SIGINT or SIGTERM, which stops the services and the database server that it started.
async fn until_signal(work: impl Future<Output = Result<bool>>) -> Result<bool> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        done = work => done,
        _ = interrupted.recv() => bail!("stopped by SIGINT before the measurement was complete"),
        _ = terminated.recv() => bail!("stopped by SIGTERM before the measurement was complete"),
    }
}
