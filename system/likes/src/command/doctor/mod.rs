//! `likewise doctor`: connects to everything that a configuration names, and says what is wrong and what to do.
//!
//! Files: `finding.rs` (one item and its text), `databases.rs`, `services.rs` (and the host of the webhook), `machine.rs` (files,
//! ports, the limit on open files).

mod databases;
mod finding;
mod machine;
mod services;

use std::process::ExitCode;

use clap::Args;
use likewise_saga::env::{Env, real};

use self::finding::{Finding, State, json, text};
use super::{Failure, options::ServeOptions, process_config::ProcessConfig, run_to_end, runtime};

/// The exit code if something is wrong.
const WRONG: u8 = 1;

pub(super) const DOCTOR_CODES: &str = "\
It takes the options of `likewise serve`, or of `likewise serve SERVICE`, and changes nothing.

Exit codes: 0 nothing is wrong, 1 something is wrong, 2 the configuration is not valid.";

/// `likewise doctor`
#[derive(Args)]
pub(crate) struct DoctorOptions {
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    serve: ServeOptions,
}

/// Looks at everything, and prints what it found.
///
/// # Errors
/// [`Failure::Configuration`]: the configuration is not valid.
pub(super) fn run(options: DoctorOptions) -> Result<ExitCode, Failure> {
    let config = ProcessConfig::of(options.serve)?;
    let runtime = runtime(Some(1))
        .map_err(|error| Failure::Internal(format!("cannot start the runtime: {error}")))?;
    let findings = run_to_end(runtime, look(&config));
    match options.json {
        true => println!("{}", json(&findings)?),
        false => print!("{}", text(&findings)),
    }
    let is_wrong = findings.iter().any(|finding| finding.state == State::Wrong);
    Ok(match is_wrong {
        true => ExitCode::from(WRONG),
        false => ExitCode::SUCCESS,
    })
}

async fn look(config: &ProcessConfig) -> Vec<Finding> {
    let env: Env = real::env();
    let mut findings = databases::look(config, &env).await;
    findings.extend(services::look(config, &env).await);
    findings.extend(machine::look(config, &env).await);
    findings
}
