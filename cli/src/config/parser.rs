//! One value through the parser of its option.

use std::ffi::OsStr;

use clap::{Arg, ArgAction, Command};

/// What is wrong with a value, in the words of the command line. `None` if the option takes it.
pub(super) fn wrong(option: &Arg, value: &OsStr) -> Option<String> {
    let long = option.get_long()?;
    // Not the option itself: it may require others, and they are not there.
    let mut alone = Arg::new(long.to_owned())
        .long(long.to_owned())
        .value_parser(option.get_value_parser().clone())
        .action(ArgAction::Append)
        .num_args(1)
        .allow_hyphen_values(true);
    if let Some(delimiter) = option.get_value_delimiter() {
        alone = alone.value_delimiter(delimiter);
    }
    if let Some(names) = option.get_value_names() {
        alone = alone.value_names(names.to_vec());
    }
    let command = Command::new("value").no_binary_name(true).arg(alone);
    let mut argument = std::ffi::OsString::from(format!("--{long}="));
    argument.push(value);
    let error = command.try_get_matches_from([argument]).err()?;
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    // A list of possible values, or a hint, is in the lines below; the usage is not of interest.
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    Some(lines.collect::<Vec<_>>().join(" "))
}
