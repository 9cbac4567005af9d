//! `likewise config show`: each value with its origin.

use std::process::ExitCode;

use likewise_cli::config::{Effective, Origin, Value};
use serde::Serialize;

use super::{
    super::{Failure, saga::printable},
    ShowOptions,
    check::validate,
    secrets,
};

/// The spaces between two columns.
const GAP: usize = 2;
/// The width of a value whose origin is on the same line.
const VALUE_WIDTH: usize = 18;
/// The columns of a line.
const COLUMNS: usize = 80;

/// A value as JSON.
#[derive(Serialize)]
struct Shown<'v> {
    option: &'v str,
    /// The value. A secret is shortened. `None` if nothing gives one.
    value: Option<String>,
    /// The default, if it is not a fixed value.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<&'v str>,
    /// `default`, `file`, `environment` or `flag`.
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// The name of the variable or of the flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'v str>,
    secret: bool,
}

#[derive(Serialize)]
struct Printed<'v> {
    file: Option<String>,
    values: Vec<Shown<'v>>,
    /// The keys of the file that are for other processes.
    unused: Vec<&'v str>,
}

/// Prints the values.
///
/// # Errors
/// [`Failure::Configuration`]: the values were printed, and do not fit each other.
pub(super) fn run(options: ShowOptions, config: &Effective) -> Result<ExitCode, Failure> {
    match options.json {
        true => println!("{}", json(config)?),
        false => print!("{}", text(config)),
    }
    validate(options.serve)?;
    Ok(ExitCode::SUCCESS)
}

/// The text of a value, without what is secret in it.
fn value_text(value: &Value) -> Option<String> {
    let text = value.text.as_ref()?;
    Some(match value.is_secret {
        true => secrets::shown(&value.option, text),
        false => text.clone(),
    })
}

/// Lines of at most 80 columns. An origin that does not fit goes to a line of its own, below the value.
fn text(config: &Effective) -> String {
    let options = config.values.iter().map(|value| value.option.len());
    let width = options.max().unwrap_or_default() + GAP;
    let mut text = line(width, "OPTION", "VALUE", "ORIGIN");
    for value in &config.values {
        let shown = value_text(value).or_else(|| value.default.clone());
        let shown = shown.unwrap_or_else(|| "none".to_owned());
        let origin = value.origin.to_string();
        text.push_str(&line(width, &value.option, &shown, &origin));
    }
    for (key, place) in &config.unused {
        text.push_str(&format!("{place}: {key} is for another process\n"));
    }
    text
}

fn line(width: usize, option: &str, value: &str, origin: &str) -> String {
    let columns = COLUMNS - width;
    let value: Vec<char> = printable(value).chars().collect();
    let origin = printable(origin);
    if value.len().max(VALUE_WIDTH) + GAP + origin.chars().count() <= columns {
        let value: String = value.iter().collect();
        return format!("{option:width$}{value:VALUE_WIDTH$}  {origin}\n");
    }
    let mut lines = String::new();
    let origin: Vec<char> = origin.chars().collect();
    let parts = value.chunks(columns).chain(origin.chunks(columns));
    for (number, part) in parts.enumerate() {
        let first = if number == 0 { option } else { "" };
        let part: String = part.iter().collect();
        lines.push_str(&format!("{first:width$}{part}\n"));
    }
    lines
}

fn json(config: &Effective) -> Result<String, Failure> {
    let printed = Printed {
        file: config.file.as_ref().map(|file| file.display().to_string()),
        values: config.values.iter().map(shown).collect(),
        unused: config.unused.iter().map(|(key, _)| key.as_str()).collect(),
    };
    serde_json::to_string_pretty(&printed)
        .map_err(|error| Failure::Internal(format!("the values cannot be printed: {error}")))
}

fn shown(value: &Value) -> Shown<'_> {
    let (origin, place, name) = match &value.origin {
        Origin::Default => ("default", None, None),
        Origin::File(place) => ("file", Some(place), None),
        Origin::Environment(name) => ("environment", None, Some(name.as_str())),
        Origin::Flag(name) => ("flag", None, Some(name.as_str())),
    };
    Shown {
        option: &value.option,
        value: value_text(value),
        default: value.default.as_deref(),
        origin,
        file: place.map(|place| place.file.display().to_string()),
        line: place.map(|place| place.line),
        name,
        secret: value.is_secret,
    }
}
