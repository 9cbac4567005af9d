//! The command line: one file or folder per subcommand.
//!
//! Each subcommand has three parts: its `Arguments`, its `EXAMPLES` (the end of its help), and a function `run` that
//! returns the exit. To add a subcommand, write such a file and add one line to `Command` and one to [`Cli::run`].

mod compare;
mod corpus_fuzzing;
#[cfg(test)]
mod deploy;
mod doctor;
mod exhaust;
mod explain;
mod list;
mod merge;
mod model;
mod planted_bugs;
mod recheck;
mod replay;
mod report;
mod reproduce;
mod run;
mod shrink;

use std::io::stdout;

use anyhow::Result;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, builder::PossibleValuesParser};
use likewise_cli::{Completions, Manual};

use crate::{exit::Exit, suite::Suite};

/// The name of the binary of likes. For another suite it is the name of its own binary.
const PROGRAM: &str = "likewise-chaos";
/// How the texts of the help name the binary of likes. For another suite they name its own command.
const COMMAND: &str = "cargo chaos";

const EXAMPLES: &str = "\
Examples:
  cargo chaos                              a first campaign: every single fault of a few sagas, then seeds
  cargo chaos run --seeds 1000 --jobs 4    the first thousand seeds, four at a time
  cargo chaos run --budget 10m --json      ten minutes, with output for a program
  cargo chaos replay 17 --story            seed 17 again, told line by line
  cargo chaos shrink plan.json             the smallest plan that fails in the same way, explained

Exit codes:
  0  every property held
  1  a property was violated
  2  invalid command line or file
  3  inconclusive: stopped, or too little was covered
  4  nothing ran
  5  not deterministic
  6  a planted bug was not caught, or a control was
  70 the harness itself failed";

/// Injects faults into sagas in a simulated world, and checks their properties.
#[derive(Debug, Parser)]
#[command(
    name = PROGRAM,
    bin_name = COMMAND,
    version,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: run::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a campaign: single faults, seeds and planted bugs, or only the seeds you name
    #[command(after_help = run::EXAMPLES)]
    Run(run::Arguments),
    /// Injects every single fault at every injection point of a few sagas
    #[command(after_help = exhaust::EXAMPLES)]
    Exhaust(exhaust::Arguments),
    /// Merges the reports of several machines into one
    #[command(after_help = merge::EXAMPLES)]
    Merge(merge::Arguments),
    /// Renders the files of a campaign or of one run again
    #[command(after_help = report::EXAMPLES)]
    Report(report::Arguments),
    /// Shows what changed between two campaigns
    #[command(after_help = compare::EXAMPLES)]
    Compare(compare::Arguments),
    /// Runs one seed or plan again
    #[command(after_help = replay::EXAMPLES)]
    Replay(replay::Arguments),
    /// Shrinks a failing plan to the smallest one, and explains it
    #[command(after_help = shrink::EXAMPLES)]
    Shrink(shrink::Arguments),
    /// Says why a plan fails, and from which event on its failure was certain
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::Arguments),
    /// Searches a plan whose run shows a saga that was exported in production
    #[command(after_help = reproduce::EXAMPLES)]
    Reproduce(reproduce::Arguments),
    /// Checks that a run depends on nothing but its plan
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Arguments),
    /// Checks that the harness catches deliberately planted bugs
    #[command(after_help = planted_bugs::EXAMPLES, visible_alias = "specimens")]
    PlantedBugs(planted_bugs::Arguments),
    /// Explores every interleaving of the protocol, with and without each of its parts
    #[command(after_help = model::EXAMPLES)]
    Model(model::Arguments),
    /// Lists scenarios, faults, properties and planted bugs, or prints a JSON Schema
    #[command(after_help = list::EXAMPLES)]
    List(list::Arguments),
    /// Prints completions for a shell
    #[command(after_help = Completions::examples(PROGRAM))]
    Completions(Completions),
    /// Prints the manual page, or writes a page for each command
    #[command(after_help = Manual::examples(PROGRAM))]
    Man(Manual),
    /// Runs the plan on standard input in a fresh process, for the doctor
    #[command(hide = true, alias = "twin")]
    Recheck(recheck::Arguments),
}

impl Cli {
    /// Parses the command line of the process. If it is invalid or asks for help, prints that and ends the process.
    pub(crate) fn of_process(suite: &Suite) -> Self {
        let matches = likewise_cli::fitted(command_line(suite)).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Runs the command.
    ///
    /// # Errors
    /// [`UsageError`](crate::exit::UsageError): the request is invalid. Any other error is one of the harness or of
    /// the machine.
    pub(crate) fn run(self, suite: &'static Suite) -> Result<Exit> {
        match self.command.unwrap_or(Command::Run(self.run)) {
            Command::Run(arguments) => run::run(suite, &arguments),
            Command::Exhaust(arguments) => exhaust::run(suite, &arguments),
            Command::Merge(arguments) => merge::run(suite, &arguments),
            Command::Report(arguments) => report::run(suite, &arguments),
            Command::Compare(arguments) => compare::run(&arguments),
            Command::Replay(arguments) => replay::run(suite, &arguments),
            Command::Shrink(arguments) => shrink::run(suite, &arguments),
            Command::Explain(arguments) => explain::run(suite, &arguments),
            Command::Reproduce(arguments) => reproduce::run(suite, &arguments),
            Command::Doctor(arguments) => doctor::run(suite, &arguments),
            Command::PlantedBugs(arguments) => planted_bugs::run(suite, &arguments),
            Command::Model(arguments) => model::run(&arguments),
            Command::List(arguments) => list::run(suite, &arguments),
            Command::Completions(shell) => {
                shell.write(
                    with_names(command_line(suite), suite),
                    &program(),
                    &mut stdout(),
                )?;
                Ok(Exit::Ok)
            }
            Command::Man(manual) => {
                manual.write(command_line(suite), &program(), &mut stdout())?;
                Ok(Exit::Ok)
            }
            Command::Recheck(arguments) => recheck::run(suite, &arguments),
        }
    }
}

/// The command line of a suite's binary.
fn command_line(suite: &Suite) -> clap::Command {
    let mut all = named(Cli::command().bin_name(suite.command), suite);
    let subcommands: Vec<String> = all
        .get_subcommands()
        .map(|it| it.get_name().to_owned())
        .collect();
    for name in subcommands {
        all = all.mut_subcommand(name, |it| named(it, suite));
    }
    all
}

/// The name of the running binary.
fn program() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let name = program
        .file_stem()
        .map(|it| it.to_string_lossy().into_owned());
    name.unwrap_or_else(|| PROGRAM.to_owned())
}

/// The command line with the names of the planted bugs, for completions. When a command line is parsed, a wrong name has a better
/// message than the list of all.
fn with_names(mut all: clap::Command, suite: &Suite) -> clap::Command {
    for (command, argument) in [
        ("run", "system"),
        ("replay", "system"),
        ("shrink", "system"),
        ("reproduce", "system"),
        ("planted-bugs", "names"),
    ] {
        let names = suite.system.planted_bugs().iter().map(|it| it.name);
        let names = PossibleValuesParser::new(names);
        all = all.mut_subcommand(command, |it| {
            it.mut_arg(argument, |it| it.value_parser(names))
        });
    }
    all
}

/// The command with the suite's name in its examples.
fn named(command: clap::Command, suite: &Suite) -> clap::Command {
    let help = command.get_after_help().map(ToString::to_string);
    match help {
        Some(help) => {
            let help = help.replace(COMMAND, suite.command);
            command.after_help(help.replace(PROGRAM, &program()))
        }
        None => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command_line(Suite::empty()).debug_assert();
        with_names(command_line(Suite::empty()), Suite::empty()).debug_assert();
    }

    #[test]
    fn the_help_fits_a_narrow_terminal() {
        for columns in [60, 80, 100] {
            let wide = likewise_cli::too_wide(command_line(Suite::empty()), columns);
            assert_eq!(wide, Vec::<String>::new(), "{columns} columns");
        }
    }
}
