//! `cargo load`: puts load on the services, measures what comes back, and balances the books.
//!
//! ```text
//!  options ──► system (running, or started here) ──► drive (clients) ──► tally ──► audit ──► show
//! ```
//!
//! It shares the machine with what it measures, so it must itself be cheap: one thread, hand-made
//! request bytes (`wire.rs`), no allocation a request. Wall time is what is measured here.
#![allow(clippy::disallowed_methods)]

mod articles;
mod audit;
mod chart;
mod client;
mod drive;
mod growth;
mod idle;
mod limit;
mod mix;
mod options;
mod outcome;
mod overload;
mod page;
mod pgbench;
mod request;
mod samples;
mod schedule;
mod series;
mod show;
mod system;
mod tally;
mod usage;
mod wire;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use options::{Cli, Command};

/// The books do not balance, or a bar was missed.
const EXIT_FAILED: u8 = 1;
/// Nothing could be measured.
const EXIT_UNABLE: u8 = 2;

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(EXIT_FAILED),
        Err(error) => {
            let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
            eprintln!("error: {}", causes.join("\n  because: "));
            ExitCode::from(EXIT_UNABLE)
        }
    }
}

/// Whether everything was as it must be.
fn run(command: Command) -> Result<bool> {
    // One thread: the other cores are the system's.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, unless_stopped(carry_out(command)))
}

async fn carry_out(command: Command) -> Result<bool> {
    match command {
        Command::Run(options) => {
            let system = system::System::of(&options.target)?;
            let outcome = drive::run(&options.load, &system).await?;
            show::write(&options.output, &outcome)?;
            Ok(outcome.books.balanced)
        }
        Command::Overload(options) => overload::run(&options).await,
        Command::Growth(options) => growth::run(&options).await,
        Command::Limit(options) => limit::run(&options).await,
    }
}

/// A signal drops the work, and with it the services and the server that were started for it: else they would stay.
async fn unless_stopped(work: impl Future<Output = Result<bool>>) -> Result<bool> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        done = work => done,
        _ = interrupted.recv() => bail!("stopped by SIGINT: nothing was measured to its end"),
        _ = terminated.recv() => bail!("stopped by SIGTERM: nothing was measured to its end"),
    }
}
