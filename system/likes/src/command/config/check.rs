//! `likewise config check`

use std::process::ExitCode;

use likewise_cli::config::{Effective, Origin};

use super::super::{Failure, logging, options::ServeOptions, process_config::ProcessConfig};

/// Validates the options, and says how many of them are set.
///
/// # Errors
/// [`Failure::Configuration`]: everything that is wrong.
pub(super) fn run(options: ServeOptions, config: &Effective) -> Result<ExitCode, Failure> {
    validate(options)?;
    let set = config.values.iter();
    let set = set.filter(|value| value.origin != Origin::Default).count();
    let total = config.values.len();
    println!("the configuration is valid: {set} of {total} options are set");
    for (key, place) in &config.unused {
        println!("{place}: {key} is for another process");
    }
    Ok(ExitCode::SUCCESS)
}

/// Validates the options as `likewise serve` does before it touches anything.
pub(in crate::command) fn validate(options: ServeOptions) -> Result<(), Failure> {
    let log = logging::check(options.log());
    let process = ProcessConfig::of(options).map(drop);
    Failure::all([log, process])
}
