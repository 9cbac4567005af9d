//! `likewise config`: checks a configuration, shows its values, and lists the options.
//!
//! Files: `check.rs`, `show.rs` (each value with its origin), `secrets.rs` (what is shown of a secret), `table.rs` (every option, as
//! Markdown).

mod check;
mod secrets;
mod show;
mod table;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use likewise_cli::config::{ConfigRules, Effective};

use super::{Failure, options::ServeOptions};

pub(super) use check::validate;

/// Which commands take a configuration file. Its keys are the options of `likewise serve`.
pub(crate) const RULES: ConfigRules = ConfigRules {
    keys_of: "serve",
    commands: &[
        &["serve"],
        &["audit"],
        &["config", "check"],
        &["config", "show"],
        &["migrate", "status"],
        &["migrate", "apply"],
        &["doctor"],
    ],
    variable: "LIKEWISE_CONFIG",
};

pub(super) const CONFIG_EXAMPLES: &str = "\
Examples:
  likewise config check --config likewise.toml
  likewise config check coordinator --config likewise.toml
      the configuration of `likewise serve coordinator`
  likewise config show --config likewise.toml --pool-size 10

A line of the file is NAME = VALUE for the option --NAME VALUE. A section, such as [coordinator], is for
the process of that service, and comes before the lines above all sections. The environment comes before the
file, and a flag before the environment.

Exit codes: 0 the configuration is valid, 2 it is not.";

/// `likewise config`
#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check a configuration without starting anything, and report everything that is wrong
    #[command(after_help = CONFIG_EXAMPLES, args_conflicts_with_subcommands = true)]
    Check(Box<ServeOptions>),
    /// Show every value with its origin: default, file and line, environment variable or flag
    #[command(after_help = CONFIG_EXAMPLES, args_conflicts_with_subcommands = true)]
    Show(Box<ShowOptions>),
    /// Print a table of every option in Markdown
    Options,
}

/// `likewise config show`
#[derive(Args)]
pub(crate) struct ShowOptions {
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    serve: ServeOptions,
}

/// Checks, shows or lists.
///
/// # Errors
/// [`Failure::Configuration`]: what is wrong with the configuration.
pub(super) fn run(command: ConfigCommand, config: &Effective) -> Result<ExitCode, Failure> {
    match command {
        ConfigCommand::Check(options) => check::run(*options, config),
        ConfigCommand::Show(options) => show::run(*options, config),
        ConfigCommand::Options => {
            print!("{}", table::markdown());
            Ok(ExitCode::SUCCESS)
        }
    }
}

#[cfg(test)]
mod tests;
