//! `shrink`: the smallest plan that fails in the same way, the nearest plan that passes, and an explanation.

use std::{io, time::Duration};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use likewise_reports::{analysis::MinimalPlan, ndjson};
use likewise_search::{
    campaign::run_on_core,
    shrink::{NotShrunk, RUNS_MAX, Shrunk},
};
use likewise_world::plan::Plan;
use serde::Serialize;

use super::replay;
use crate::{
    arguments::Common,
    exit::Exit,
    interrupt,
    session::Session,
    shrinking::{self, Bounds},
    stopwatch::Stopwatch,
    suite::Suite,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos shrink target/likewise/latest/seeds/17/plan.json   a failing plan
  cargo chaos shrink 17 --budget 60s                             a failing seed, for at most a minute
  cargo chaos shrink 1 --system absolute-undo                    the plan of a seed, with a planted bug
  cargo chaos shrink no-tombstone --json                         the plan of a planted bug, for a program

Exit codes:
  0  the plan was shrunk
  2  invalid command line or file
  3  the plan does not fail
  5  the plan does not fail twice in the same way";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file of a plan, a seed, or the name of a scenario or a planted bug
    #[arg(value_name = "PLAN.JSON|SEED|NAME")]
    what: String,
    /// Run the plan on a system with this planted bug instead of on the system that the plan names
    #[arg(long, value_name = "PLANTED-BUG")]
    system: Option<String>,
    /// Start no run after this time, and return the smallest plan so far: 500ms, 60s, 1m30s
    #[arg(long, value_name = "TIME", value_parser = likewise_cli::duration)]
    budget: Option<Duration>,
    #[command(flatten)]
    common: Common,
}

/// The output for programs.
#[derive(Debug, Serialize)]
struct ShrunkLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    system: &'a str,
    #[serde(flatten)]
    minimal: &'a MinimalPlan,
    plan: &'a Plan,
    nearest_plan: Option<&'a Plan>,
    wall_seconds: f64,
}

/// Shrinks one plan.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    let plan = replay::find(suite, &arguments.what, arguments.system.as_deref())?;
    arguments.common.require_writable()?;
    interrupt::listen();
    let watch = Stopwatch::start();
    let bounds = Bounds {
        runs_max: RUNS_MAX,
        budget: arguments.budget,
    };
    match shrinking::shrink(suite.system, &plan, bounds, arguments.common.json) {
        Ok(shrunk) => {
            let session = Session::start(suite, &arguments.common)?;
            report(session, &plan, &shrunk, watch.elapsed())
        }
        Err(reason) => {
            eprintln!("{}: {}", plan.name, shrinking::explained(suite, &reason));
            Ok(exit_of(&reason))
        }
    }
}

/// Writes and prints the shrunk plan.
fn report(mut session: Session, plan: &Plan, shrunk: &Shrunk, wall: Duration) -> Result<Exit> {
    let json = session.is_json();
    let minimal = record(&mut session, plan, shrunk)?;
    let line = ShrunkLine {
        kind: "shrunk",
        name: &plan.name,
        system: &plan.system,
        minimal: &minimal,
        plan: &shrunk.record.plan,
        nearest_plan: shrunk.nearest.as_ref().map(|nearest| &nearest.plan),
        wall_seconds: wall.as_secs_f64(),
    };
    let written = session.archive().write("shrunk.json", &line);
    session.require_written(written);
    session.finish_quietly()?;
    if json {
        ndjson::write(&mut io::stdout().lock(), &line)
            .context("cannot write to standard output")?;
    }
    eprintln!("shrunk: {}", minimal.fingerprint);
    eprint!("{}", likewise_reports::terminal::minimal_plan(&minimal));
    Ok(Exit::Ok)
}

/// Records the run of the original plan, and the plan that it was shrunk to.
fn record(session: &mut Session, plan: &Plan, shrunk: &Shrunk) -> Result<MinimalPlan> {
    let watch = Stopwatch::start();
    let original = run_on_core(0, session.system(), plan).map_err(|message| anyhow!(message))?;
    session.record_run_quietly(&original, watch.elapsed());
    let minimal = session.record_minimal(plan, shrunk);
    minimal.with_context(|| format!("cannot write to {}", session.quoted_folder()))
}

fn exit_of(reason: &NotShrunk) -> Exit {
    match reason {
        NotShrunk::Green => Exit::Inconclusive,
        NotShrunk::Broken(_) => Exit::Internal,
        NotShrunk::NotReproducible => Exit::NotDeterministic,
    }
}
