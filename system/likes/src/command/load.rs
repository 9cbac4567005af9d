//! Reads the command line of the process with its configuration.

use std::{env, ffi::OsString, process::ExitCode};

use clap::{ArgMatches, FromArgMatches, error::ErrorKind};
use likewise_cli::config::{Effective, LoadError, Loaded, Mistake};

use super::{Command, Failure, RULES, command_line};

/// A command with its configuration, or the exit code of a command line that asks for help or cannot be parsed.
pub(super) enum Given {
    Command(Box<Command>, Effective),
    Exit(ExitCode),
}

/// Reads the command line. Prints the help that was asked for, or what is wrong with the command line.
///
/// # Errors
/// [`Failure::Configuration`]: what is wrong with the file or the environment.
pub(super) fn first() -> Result<Given, Failure> {
    match parsed() {
        Ok((command, config)) => Ok(Given::Command(Box::new(command), config)),
        Err(LoadError::Mistakes(mistakes)) => Err(of(&mistakes)),
        Err(LoadError::Usage(error, note)) => {
            // Nobody is left to tell if it cannot be printed.
            let _ = error.print();
            if !note.is_empty() {
                eprintln!("{}", note.trim_start());
            }
            let code = u8::try_from(error.exit_code()).unwrap_or(1);
            Ok(Given::Exit(ExitCode::from(code)))
        }
    }
}

/// Reads the configuration again, under the same command line.
///
/// # Errors
/// [`Failure::Configuration`]: what is wrong with it.
pub(super) fn again() -> Result<(Command, Effective), Failure> {
    parsed().map_err(|error| match error {
        LoadError::Mistakes(mistakes) => of(&mistakes),
        LoadError::Usage(error, note) => {
            Failure::Configuration(format!("{}{note}", error.to_string().trim_end()))
        }
    })
}

fn parsed() -> Result<(Command, Effective), LoadError> {
    let mut program = likewise_cli::fitted(command_line());
    let Loaded { matches, config } = likewise_cli::config::load(&program, &RULES, env::args_os())?;
    if has_lonely_token_file(&matches, env::args_os()) {
        let why = "--admin-token-file needs --admin-listen: without it there is nothing that takes tokens\n";
        let error = program.error(ErrorKind::MissingRequiredArgument, why);
        return Err(LoadError::Usage(Box::new(error), String::new()));
    }
    let command = Command::from_arg_matches(&matches);
    let command = command.map_err(|error| LoadError::Usage(Box::new(error), String::new()))?;
    Ok((command, config))
}

/// Whether `serve` is given a token file on the command line, and no admin listener. In the environment the file may be meant for
/// `likewise saga`, which has the same variable.
fn has_lonely_token_file(matches: &ArgMatches, words: impl IntoIterator<Item = OsString>) -> bool {
    let is_flag = |word: OsString| word.to_string_lossy().starts_with("--admin-token-file");
    lacks_listener(matches) && words.into_iter().any(is_flag)
}

fn lacks_listener(matches: &ArgMatches) -> bool {
    let is_given = |id| matches.try_contains_id(id).is_ok_and(|is| is);
    let is_lonely = is_given("admin_token_file") && !is_given("admin_listen");
    let below = matches.subcommand();
    is_lonely || below.is_some_and(|(_, matches)| lacks_listener(matches))
}

fn of(mistakes: &[Mistake]) -> Failure {
    let lines: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    Failure::Configuration(lines.join("\nerror: "))
}
