//! The log: to standard error, filtered by `LIKEWISE_LOG`, else by `RUST_LOG`.

use std::{env, io, io::IsTerminal};

use tracing_subscriber::EnvFilter;

use super::Failure;

/// The variables that hold a filter; the first that is set wins.
const VARIABLES: [&str; 2] = ["LIKEWISE_LOG", "RUST_LOG"];
/// What is logged unless told otherwise: our own news, and only the alarms of the libraries.
const DEFAULT: &str = "warn,likewise=info";

/// Starts to log.
///
/// # Errors
/// The filter cannot be read.
pub(crate) fn start() -> Result<(), Failure> {
    let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_env_filter(filter()?)
        .with_writer(io::stderr)
        .with_ansi(colours)
        .init();
    Ok(())
}

fn filter() -> Result<EnvFilter, Failure> {
    for variable in VARIABLES {
        let Some(text) = env::var_os(variable).filter(|text| !text.is_empty()) else {
            continue;
        };
        let text = text.to_string_lossy();
        return EnvFilter::builder().parse(&text).map_err(|error| {
            Failure::Configuration(format!(
                "{variable} is '{text}', which is no filter: {error}\nUse a level (error, warn, info, debug, trace) or likewise=debug,warn."
            ))
        });
    }
    Ok(EnvFilter::new(DEFAULT))
}
