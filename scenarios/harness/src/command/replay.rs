//! `replay`: runs one seed or plan again.

use std::path::Path;

use anyhow::Result;
use clap::Args;
use likewise_reports::story;
use likewise_search::campaign::run_on_core;
use likewise_world::{
    did_you_mean,
    plan::{self, Plan, generate},
    record::RunRecord,
};

use crate::{
    arguments::Common,
    exit::{Exit, UsageError},
    session::Session,
    stopwatch::Stopwatch,
    suite::Suite,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos replay 17
      runs the plan of seed 17
  cargo chaos replay target/likewise/latest/seeds/17/plan.json
      runs a plan in a file; edit the file and run it again
  cargo chaos replay no-tombstone --story
      runs the plan of a planted bug or a scenario, and tells it line by line
  cargo chaos replay late-duplicate --system no-tombstone --open
      runs the plan of a scenario on a system with a planted bug, and opens the report";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A seed, the file of a plan, or the name of a scenario or a planted bug
    #[arg(value_name = "SEED|PLAN.JSON|NAME")]
    what: String,
    /// Run the plan on a system with this planted bug instead of on the system that the plan names
    #[arg(long, value_name = "PLANTED-BUG")]
    system: Option<String>,
    /// Tell the run line by line on standard output (with --json on standard error)
    #[arg(long)]
    story: bool,
    #[command(flatten)]
    common: Common,
}

/// Runs one plan.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    let plan = find(suite, &arguments.what, arguments.system.as_deref())?;
    let mut session = Session::start(suite, &arguments.common)?;
    let watch = Stopwatch::start();
    match run_on_core(0, suite.system, &plan) {
        Err(message) => session.record_broken_run(&plan, &message),
        Ok(record) => {
            if arguments.story {
                print_story(&record, arguments.common.json);
            }
            session.record_replay(&record, watch.elapsed());
            if record.is_green() {
                eprintln!("{}", story::explain(&record).join("\n"));
            }
            eprintln!("hash        {}", record.hash);
            if session.summary.runs_without_fired_faults > 0 {
                let planned = plan.faults.len();
                session.note_inconclusive(format!("none of the {planned} planned faults fired"));
            }
        }
    }
    session.finish()
}

fn print_story(record: &RunRecord, json: bool) {
    let story = story::render(record);
    match json {
        true => eprintln!("{story}"),
        false => println!("{story}"),
    }
}

/// The plan of a seed, of a scenario or a planted bug, or in a file. They are tried in this order. `system` replaces the system that
/// the plan names.
///
/// A number is always a seed. A file whose name is a number needs a path, such as `./17`.
///
/// # Errors
/// [`UsageError`]: there is no such plan, or no such system.
pub(super) fn find(suite: &Suite, what: &str, system: Option<&str>) -> Result<Plan> {
    let mut plan = plan_of(suite, what)?;
    if let Some(system) = system {
        suite.require_variant(system)?;
        system.clone_into(&mut plan.system);
    }
    Ok(plan)
}

fn plan_of(suite: &Suite, what: &str) -> Result<Plan> {
    if let Ok(seed) = what.parse() {
        return Ok(generate(suite.system, seed));
    }
    if let Some(plan) = suite.plan(what).or_else(|| suite.system.plan_of_bug(what)) {
        return Ok(plan);
    }
    let path = Path::new(what);
    if !path.exists() && is_name(what) {
        return Err(unknown(suite, what).into());
    }
    let plan = plan::read(suite.system, path).map_err(|error| UsageError(error.to_string()))?;
    suite
        .require_variant(&plan.system)
        .map_err(|error| UsageError(format!("cannot run {what}: {error}")))?;
    Ok(plan)
}

/// Whether it is meant as a name and not as a path.
fn is_name(what: &str) -> bool {
    !what.contains(['/', '\\', '.'])
}

fn unknown(suite: &Suite, what: &str) -> UsageError {
    let scenarios = suite.scenarios.iter().map(|it| it.name);
    let bugs = suite.system.planted_bugs().iter().map(|it| it.name);
    let hint = did_you_mean(what, scenarios.chain(bugs));
    UsageError(format!(
        "there is no scenario, planted bug or file '{what}'{hint}; `{} list` names them",
        suite.command
    ))
}
