//! Logging to standard error, filtered by `LIKEWISE_LOG`, else by `RUST_LOG`.

use std::{env, io, io::IsTerminal};

use tracing_subscriber::EnvFilter;

use super::Failure;

/// The environment variables that hold a filter. The first one that is set wins.
const VARIABLES: [&str; 2] = ["LIKEWISE_LOG", "RUST_LOG"];
/// The default filter: our own messages from `info`, those of the libraries from `warn`.
const DEFAULT: &str = "warn,likewise=info";

/// Starts logging.
///
/// # Errors
/// [`Failure::Configuration`] if the filter cannot be parsed.
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
                "{variable} is '{text}', which is not a valid filter: {error}\nUse a level (error, warn, info, debug, trace) or, for example, likewise=debug,warn."
            ))
        });
    }
    Ok(EnvFilter::new(DEFAULT))
}
