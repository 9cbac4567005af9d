//! Reads a configuration: finds the command and its file, merges the layers, and lets clap parse the result.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, Command, parser::ValueSource};

use super::{
    file::{ConfigFile, Entry},
    keys::{Keys, options},
    layer::Layers,
    rules::{CONFIG, ConfigRules, without_empty_variables},
    value::{Effective, Mistake},
};

/// A command line with its configuration.
#[derive(Debug)]
pub struct Loaded {
    /// What clap parsed.
    pub matches: ArgMatches,
    /// The configuration. Empty for a command that takes no file.
    pub config: Effective,
}

/// A configuration could not be read.
#[derive(Debug)]
pub enum LoadError {
    /// Help was asked for, or clap refuses the command line. The text says where the options come from that clap names.
    Usage(Box<clap::Error>, String),
    /// What is wrong with the file and the environment.
    Mistakes(Vec<Mistake>),
}

/// Reads the configuration of a command line. `program` is the whole command, to which the rules were applied; the first of the
/// arguments is the name of the program.
///
/// # Errors
/// [`LoadError`]. Nothing but the configuration file and the files with secrets was read.
pub fn load(
    program: &Command,
    rules: &ConfigRules,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Loaded, LoadError> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let usage = |error: clap::Error| LoadError::Usage(Box::new(error), String::new());
    let program = &without_empty_variables(program.clone());
    // clap reports what is wrong with the flags below, when it knows the other layers.
    let tolerant = program.clone().ignore_errors(true);
    let probe = tolerant.try_get_matches_from(&arguments).map_err(usage)?;
    let (path, command, flags) = deepest(program, &probe);
    let takes_file = command.get_arguments().any(|it| it.get_id() == CONFIG);
    let Some(keys) = Keys::of(program, rules).filter(|_| takes_file) else {
        let matches = program.clone().try_get_matches_from(arguments);
        return Ok(Loaded {
            matches: matches.map_err(usage)?,
            config: Effective::default(),
        });
    };
    let file_path = config_file(flags, rules);
    let file = file_path
        .as_deref()
        .map(ConfigFile::read)
        .unwrap_or_default();
    let (config, added) = merge(&file, &keys, flags, (command, path.last()), file_path)?;
    arguments.extend(added);
    match program.clone().try_get_matches_from(arguments) {
        Ok(matches) => Ok(Loaded { matches, config }),
        Err(error) => {
            let text = error.to_string();
            let explained = config.explain(&text);
            let note = explained.strip_prefix(text.trim_end()).unwrap_or_default();
            Err(LoadError::Usage(Box::new(error), note.to_owned()))
        }
    }
}

/// The values of a command, and the arguments that clap must be told.
fn merge(
    file: &ConfigFile,
    keys: &Keys<'_>,
    flags: &ArgMatches,
    (command, name): (&Command, Option<&String>),
    path: Option<PathBuf>,
) -> Result<(Effective, Vec<OsString>), LoadError> {
    let mut mistakes = file.mistakes.clone();
    mistakes.extend(keys.check(file));
    let is_ours = |entry: &&Entry| match &entry.section {
        Some(section) => Some(section) == name,
        None => true,
    };
    // A section comes before what stands above all sections.
    let mut entries: Vec<&Entry> = file.entries.iter().filter(is_ours).collect();
    entries.sort_by_key(|entry| entry.section.is_none());
    let layers = Layers { flags, entries };
    let (mut values, mut added) = (Vec::new(), Vec::new());
    let is_file_of_secret = |long: &str| {
        let secret = long.strip_suffix("-file");
        let secret = secret.and_then(|secret| super::keys::option(command, secret));
        secret.is_some_and(super::rules::is_secret)
    };
    for option in options(command).filter(|option| keys.has(option)) {
        if option.get_long().is_some_and(is_file_of_secret) {
            continue;
        }
        match layers.of(option) {
            Ok(layered) => {
                values.push(layered.value);
                added.extend(layered.arguments);
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !mistakes.is_empty() {
        mistakes.sort_by_key(|mistake| mistake.order);
        return Err(LoadError::Mistakes(mistakes));
    }
    let is_used =
        |entry: &&Entry| is_ours(entry) && super::keys::option(command, &entry.key).is_some();
    let unused = file.entries.iter().filter(|entry| !is_used(entry));
    let unused = unused.map(|entry| {
        let key = match &entry.section {
            Some(section) => format!("{section}.{}", entry.key),
            None => entry.key.clone(),
        };
        (key, entry.key_place.clone())
    });
    let unused = unused.collect();
    Ok((
        Effective {
            file: path,
            values,
            unused,
        },
        added,
    ))
}

/// The innermost subcommand that was given: its path, itself, and its flags.
fn deepest<'c>(
    program: &'c Command,
    matches: &'c ArgMatches,
) -> (Vec<String>, &'c Command, &'c ArgMatches) {
    let (mut path, mut command, mut flags) = (Vec::new(), program, matches);
    while let Some((name, inner)) = flags.subcommand() {
        let Some(found) = command.find_subcommand(name) else {
            break;
        };
        path.push(name.to_owned());
        (command, flags) = (found, inner);
    }
    (path, command, flags)
}

/// The configuration file of a command: of the flag, else of the variable.
fn config_file(flags: &ArgMatches, rules: &ConfigRules) -> Option<PathBuf> {
    let is_flag = flags.value_source(CONFIG) == Some(ValueSource::CommandLine);
    let flag = flags
        .get_one::<PathBuf>(CONFIG)
        .filter(|_| is_flag)
        .cloned();
    let variable = || {
        let value = std::env::var_os(rules.variable)?;
        (!value.is_empty()).then(|| Path::new(&value).to_owned())
    };
    flag.or_else(variable)
}

#[cfg(test)]
mod tests;
