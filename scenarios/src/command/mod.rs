//! The commands: one file each.

mod compare;
#[cfg(test)]
mod deploy;
mod doctor;
mod exhaust;
mod figures;
mod learn;
mod list;
mod measure;
mod merge;
mod model;
mod replay;
mod report;
mod run;
pub(crate) mod shrink;
mod specimens;
mod twin;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::exit::Exit;

const EXAMPLES: &str = "\
Examples:
  cargo chaos                              a first campaign: every single fault of three sagas, then seeds
  cargo chaos run --seeds 1000 --jobs 4    the first thousand seeds, four at a time
  cargo chaos run --budget 10m --json      ten minutes, for a program to read
  cargo chaos replay 17 --story            seed 17 again, told line by line
  cargo chaos shrink plan.json             the smallest plan that fails in the same way, explained

Exit codes:
  0 every property held   1 one was violated      2 misuse      3 inconclusive, or too little was covered
  4 nothing ran           5 not deterministic     70 the harness itself broke";

/// Breaks the like saga in a simulated world, and checks what is left.
#[derive(Debug, Parser)]
#[command(
    name = "likewise-chaos",
    bin_name = "cargo chaos",
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
    /// Runs a campaign: exhaustive faults and seeds for a budget, then the specimens; or just the seeds you name
    #[command(after_help = run::EXAMPLES)]
    Run(run::Arguments),
    /// Strikes every cut point of three clean sagas with every single fault
    #[command(after_help = exhaust::EXAMPLES)]
    Exhaust(exhaust::Arguments),
    /// Makes one report of those of many machines
    #[command(after_help = merge::EXAMPLES)]
    Merge(merge::Arguments),
    /// Renders a campaign's or a run's files again
    #[command(after_help = report::EXAMPLES)]
    Report(report::Arguments),
    /// Shows what changed between two campaigns
    #[command(after_help = compare::EXAMPLES)]
    Compare(compare::Arguments),
    /// Runs one seed or plan again
    #[command(after_help = replay::EXAMPLES)]
    Replay(replay::Arguments),
    /// Makes a plan that fails as small as it gets, and explains it
    #[command(after_help = shrink::EXAMPLES)]
    Shrink(shrink::Arguments),
    /// Proves that a run is a pure function of its plan
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Arguments),
    /// Shows that deliberately wrong systems are caught
    #[command(after_help = specimens::EXAMPLES)]
    Specimens(specimens::Arguments),
    /// Searches every interleaving of the protocol itself, and of the protocol without each of its parts
    #[command(after_help = model::EXAMPLES)]
    Model(model::Arguments),
    /// Names the scenarios, faults, properties and specimens; prints the schemas of what is written
    #[command(after_help = list::EXAMPLES)]
    List(list::Arguments),
    /// Runs the plan on standard input in a fresh process, for the doctor
    #[command(hide = true)]
    Twin(twin::Arguments),
}

impl Cli {
    /// Does what is asked.
    ///
    /// # Errors
    /// [`Misuse`](crate::exit::Misuse) is the caller's; all others are this program's or the machine's.
    pub(crate) fn run(self) -> Result<Exit> {
        match self.command.unwrap_or(Command::Run(self.run)) {
            Command::Run(arguments) => run::run(&arguments),
            Command::Exhaust(arguments) => exhaust::run(&arguments),
            Command::Merge(arguments) => merge::run(&arguments),
            Command::Report(arguments) => report::run(&arguments),
            Command::Compare(arguments) => compare::run(&arguments),
            Command::Replay(arguments) => replay::run(&arguments),
            Command::Shrink(arguments) => shrink::run(&arguments),
            Command::Doctor(arguments) => doctor::run(&arguments),
            Command::Specimens(arguments) => specimens::run(&arguments),
            Command::Model(arguments) => model::run(&arguments),
            Command::List(arguments) => list::run(&arguments),
            Command::Twin(arguments) => twin::run(&arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
