//! The commands of `cargo chaos` as a library, and the helper that scenario tests call.
//!
//! ```text
//!  a package of scenarios
//!    main   ── Suite ──► run     command/   one file per subcommand
//!                                   └────►  session/   records, writes and judges the runs ──► exit code
//!    tests  ── Plan  ──► check   a run record, or a panic that ends with a command to replay the run
//! ```
//!
//! The harness does not import the catalogue of scenarios. The package that owns the catalogue hands it over in a
//! [`Suite`], together with the system, so any system can bring its own scenarios.
//!
//! Every command follows two rules. Standard error is for people. Standard output is for programs when `--json` is set.
//!
//! To add a command, start with `command/mod.rs`. To see how a campaign works, start with `command/run.rs`.

mod annotations;
mod arguments;
mod campaign_lookup;
mod check;
mod command;
mod corpus_folder;
mod detection;
mod exit;
mod futures;
mod interrupt;
mod opening;
mod paths;
mod progress;
mod provenance;
mod session;
mod shell;
mod shrinking;
mod stopwatch;
mod suite;

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

pub use check::{PLAN_VARIABLE, SEED_VARIABLE, check, is_plan_replaced};
pub use detection::{BugDetection, Detection, DetectionError, page};
pub use suite::{DetectionFiles, Scenario, Suite};

use command::Cli;
use exit::{Exit, UsageError};
use likewise_world::{System, contradictions};

/// Refuses a system that contradicts itself.
fn require_sound(system: &dyn System) -> Result<(), UsageError> {
    let found = contradictions(system);
    if found.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = found.iter().map(|it| format!("\n  {it}")).collect();
    Err(UsageError(format!(
        "the system `{}` contradicts itself:{}",
        system.name(),
        lines.concat()
    )))
}

/// Parses the command line of the process, runs the command, and returns its exit code.
///
/// A panic inside a command is reported as exit code 70, so that scripts can tell a broken harness from a violation.
/// An invalid command line prints the usage and ends the process with exit code 2.
#[must_use]
pub fn run(suite: &'static Suite) -> ExitCode {
    let cli = Cli::of_process(suite);
    let exit = match panic::catch_unwind(AssertUnwindSafe(|| {
        require_sound(suite.system)?;
        cli.run(suite)
    })) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            eprintln!("error: {error:#}");
            Exit::of_error(&error)
        }
        Err(_) => {
            eprintln!("error: the harness panicked; the message is above");
            Exit::Internal
        }
    };
    exit.into()
}
