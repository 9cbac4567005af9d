//! Logging to standard error, as text or as JSON, filtered by `--log-level`, else by `RUST_LOG`.
//!
//! ```text
//!  event ──► filter ──► flood limit ──► text or JSON ──► standard error
//! ```
//!
//! Files: `json_lines.rs` and `fields.rs` (the format JSON), `flood_limit.rs` (how many lines one place may log).

mod fields;
mod flood_limit;
mod json_lines;

use std::{env, fmt::Display, io, io::IsTerminal};

use clap::{Args, ValueEnum};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt,
};

use self::{fields::JsonFields, json_lines::JsonLines};
use super::Failure;

pub(crate) use flood_limit::FloodLimit;

/// The environment variable that holds a filter, if the option is not given. Other programs use it, too.
const VARIABLE: &str = "RUST_LOG";
/// The default filter: our own messages from `info`, those of the libraries from `warn`.
const DEFAULT: &str = "warn,likewise=info";

/// How a process logs.
#[derive(Args)]
#[command(next_help_heading = "Log")]
pub(crate) struct LogOptions {
    /// What is logged: a level (error, warn, info, debug, trace), or levels by target, such as
    /// info,likewise::access=debug,likewise::step=debug for a line a request and a line a step
    /// [default: RUST_LOG, else warn,likewise=info]
    #[arg(long, value_name = "FILTER", env = "LIKEWISE_LOG")]
    log_level: Option<String>,
    /// The format of the log on standard error
    #[arg(
        long,
        value_name = "FORMAT",
        env = "LIKEWISE_LOG_FORMAT",
        default_value = "text"
    )]
    log_format: LogFormat,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One object a line, for programs
    Json,
}

/// Starts logging. The limit reports what it leaves out only while somebody calls [`FloodLimit::watch`].
///
/// # Errors
/// [`Failure::Configuration`] if the filter cannot be parsed.
pub(crate) fn start(options: &LogOptions) -> Result<Logging, Failure> {
    let limit = FloodLimit::default();
    let (filter, handle) = reload::Layer::new(filter(options)?);
    let subscriber = tracing_subscriber::registry()
        .with(output(options.log_format))
        .with(limit.clone())
        .with(filter);
    subscriber.init();
    // The handle has the type of everything below the filter.
    let set = move |filter| handle.reload(filter).map_err(|error| error.to_string());
    Ok(Logging {
        flood_limit: limit,
        filter: LogFilter(Box::new(set)),
    })
}

/// What a process keeps of its log.
pub(crate) struct Logging {
    pub(crate) flood_limit: FloodLimit,
    pub(crate) filter: LogFilter,
}

/// The filter of the log, which can be changed.
pub(crate) struct LogFilter(Box<dyn Fn(EnvFilter) -> Result<(), String> + Send + Sync>);

impl LogFilter {
    /// Filters as the options say from now on.
    ///
    /// # Errors
    /// The filter cannot be parsed; the old one stays.
    pub(crate) fn set(&self, options: &LogOptions) -> Result<(), Failure> {
        (self.0)(filter(options)?).map_err(Failure::Internal)
    }
}

/// Checks the options, and starts nothing.
///
/// # Errors
/// [`Failure::Configuration`] if the filter cannot be parsed.
pub(crate) fn check(options: &LogOptions) -> Result<(), Failure> {
    filter(options).map(drop)
}

fn output(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Text => {
            let colours = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none();
            layer.with_ansi(colours).boxed()
        }
        LogFormat::Json => layer
            .with_ansi(false)
            .fmt_fields(JsonFields)
            .event_format(JsonLines)
            .boxed(),
    }
}

/// The first filter that is given. An empty one counts as none.
fn filter(options: &LogOptions) -> Result<EnvFilter, Failure> {
    let option = options.log_level.clone().map(|text| ("--log-level", text));
    let variable = env::var_os(VARIABLE);
    let variable = variable.map(|text| (VARIABLE, text.to_string_lossy().into_owned()));
    let given = option.into_iter().chain(variable);
    let Some((name, text)) = given.into_iter().find(|(_, text)| !text.is_empty()) else {
        return Ok(EnvFilter::new(DEFAULT));
    };
    let invalid = |error: &dyn Display| {
        Failure::Configuration(format!(
            "{name} is '{text}', which is not a valid filter: {error}\nUse a level (error, warn, info, debug, trace) or, for example, likewise=debug,warn."
        ))
    };
    if let Some(word) = unknown_level(&text) {
        return Err(invalid(&format!("'{word}' is no level")));
    }
    EnvFilter::builder()
        .parse(&text)
        .map_err(|error| invalid(&error))
}

/// The first part of a filter that is neither a level nor about a target. The library takes it for a target, and a level with
/// a spelling mistake would hide everything.
fn unknown_level(filter: &str) -> Option<&str> {
    let words = filter.split(',').map(str::trim);
    let is_word = |word: &&str| word.chars().all(char::is_alphanumeric);
    let is_ours = |word: &str| word.starts_with("likewise");
    words
        .filter(is_word)
        .find(|word| word.parse::<LevelFilter>().is_err() && !is_ours(word))
}
