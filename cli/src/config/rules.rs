//! Which commands take a configuration file, and the options that this adds to them.

use std::{env, ffi::OsStr};

use clap::{
    Arg, Command, ValueHint,
    builder::{PathBufValueParser, Resettable},
};

/// The id and the long name of the option that names the file.
pub(super) const CONFIG: &str = "config";
/// What the name of a secret's second option ends with.
const FILE: &str = "-file";
/// What the name of its variable ends with.
const FILE_VARIABLE: &str = "_FILE";

/// Which commands take a configuration file, and what its keys are.
#[derive(Debug, Clone, Copy)]
pub struct ConfigRules {
    /// The command whose options are the keys, for example `serve`. A subcommand of it may have a section of the same name.
    pub keys_of: &'static str,
    /// The commands that take a file, each as its path, for example `["config", "show"]`. Their subcommands take it, too.
    pub commands: &'static [&'static [&'static str]],
    /// The variable that names the file, if no flag does.
    pub variable: &'static str,
}

impl ConfigRules {
    /// Adds `--config` to the commands, and `--NAME-file` for each secret of theirs.
    #[must_use]
    pub fn add_to(&self, command: Command) -> Command {
        let add = |command: Command, path: &&[&'static str]| self.add_at(command, path);
        self.commands.iter().fold(command, add)
    }

    fn add_at(&self, command: Command, path: &[&'static str]) -> Command {
        match path.split_first() {
            Some((first, rest)) => command.mut_subcommand(first, |it| self.add_at(it, rest)),
            None => self.add_options(command),
        }
    }

    fn add_options(&self, command: Command) -> Command {
        let config = Arg::new(CONFIG)
            .long(CONFIG)
            .value_name("FILE")
            .value_parser(PathBufValueParser::new())
            .value_hint(ValueHint::FilePath)
            .env(self.variable)
            .help_heading("Configuration")
            .help("TOML file with options: NAME = VALUE for --NAME VALUE. The environment and flags come before it [default: none]");
        let secrets: Vec<Arg> = command.get_arguments().filter_map(file_option).collect();
        let names: Vec<String> = command
            .get_subcommands()
            .map(|it| it.get_name().to_owned())
            .collect();
        // What a subcommand requires is given to the subcommand.
        let command = command
            .arg(config)
            .args(secrets)
            .subcommand_negates_reqs(true);
        names.into_iter().fold(command, |command, name| {
            command.mut_subcommand(name, |it| self.add_options(it))
        })
    }
}

/// The option that names the file with a secret. `None` if the option is no secret.
fn file_option(secret: &Arg) -> Option<Arg> {
    let long = secret.get_long().filter(|_| is_secret(secret))?;
    let name = file_name(long);
    let mut option = Arg::new(name.clone())
        .long(name)
        .value_name("FILE")
        .value_parser(PathBufValueParser::new())
        .value_hint(ValueHint::FilePath)
        .help(format!(
            "File that contains the value of --{long}, which the list of processes then does not show"
        ));
    if let Some(variable) = variable(secret) {
        option = option.env(file_variable(&variable));
    }
    if let Some(heading) = secret.get_help_heading() {
        option = option.help_heading(heading.to_owned());
    }
    Some(option)
}

/// Whether the value of an option must not be shown.
pub(super) fn is_secret(option: &Arg) -> bool {
    option.is_hide_env_values_set()
}

/// The name of the option that names the file with a secret.
pub(super) fn file_name(secret: &str) -> String {
    format!("{secret}{FILE}")
}

/// The name of its variable.
pub(super) fn file_variable(variable: &str) -> String {
    format!("{variable}{FILE_VARIABLE}")
}

/// The command without the variables that are empty: they count as none, so that a list of variables may leave some empty.
pub(super) fn without_empty_variables(command: Command) -> Command {
    let is_empty = |name: &OsStr| env::var_os(name).is_some_and(|value| value.is_empty());
    let command = command.mut_args(|option| match option.get_env().is_some_and(is_empty) {
        true => option.env(Resettable::Reset),
        false => option,
    });
    command.mut_subcommands(without_empty_variables)
}

/// The environment variable of an option.
pub(super) fn variable(option: &Arg) -> Option<String> {
    let name = option.get_env()?;
    Some(name.to_string_lossy().into_owned())
}
