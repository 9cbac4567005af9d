//! `shrink`: the smallest plan that fails in the same way, the nearest one that passes, and what happened.

use std::{io, ops::ControlFlow, time::Duration};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use likewise_reports::{artefacts::Artefacts, minimal::Minimal, ndjson};
use likewise_scenarios::folder;
use likewise_sim::{
    campaign::run_on_core,
    fingerprint::fingerprint,
    plan::Plan,
    planted,
    record::RunRecord,
    shrink::{self, NotShrunk, RUNS_MAX, Shrunk},
};
use serde::Serialize;

use super::replay;
use crate::{
    arguments::{self, Common},
    exit::{Exit, Misuse},
    interrupt,
    progress::Progress,
    sitting::{Sitting, replay_command},
    stopwatch::Stopwatch,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos shrink target/likewise/latest/seeds/17/plan.json   a plan that fails
  cargo chaos shrink 17 --budget 60s                             a seed that fails; whatever is reached in a minute
  cargo chaos shrink 1 --system absolute-undo                    a seed's plan over a specimen
  cargo chaos shrink no-tombstone --json                         a specimen's own plan, for a program to read

Exit codes:
  0 it was shrunk   2 misuse   3 the plan does not fail   5 it does not fail in the same way twice";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A plan's file, a seed, or the name of a scenario or specimen
    #[arg(value_name = "PLAN.JSON|SEED|NAME")]
    what: String,
    /// Runs the plan over this specimen instead of the system it names
    #[arg(long, value_name = "SPECIMEN")]
    system: Option<String>,
    /// No candidate is run after this time, and the smallest plan so far is the result: 500ms, 60s, 2m
    #[arg(long, value_name = "TIME", value_parser = arguments::budget)]
    budget: Option<Duration>,
    #[command(flatten)]
    common: Common,
}

/// What a program reads.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    system: &'a str,
    #[serde(flatten)]
    minimal: &'a Minimal,
    plan: &'a Plan,
    nearest_plan: Option<&'a Plan>,
    wall_seconds: f64,
}

/// Shrinks one plan.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let plan = find(arguments)?;
    interrupt::listen();
    let watch = Stopwatch::start();
    let shrunk = match shrunk(&plan, RUNS_MAX, arguments.budget, arguments.common.json) {
        Ok(shrunk) => shrunk,
        Err(why) => {
            eprintln!("{}: {why}", plan.name);
            return Ok(exit(&why));
        }
    };
    let mut sitting = Sitting::begin(&arguments.common);
    let minimal = file(&mut sitting, &plan, &shrunk)?;
    let line = Line {
        kind: "shrunk",
        name: &plan.name,
        system: &plan.system,
        minimal: &minimal,
        plan: &shrunk.record.plan,
        nearest_plan: shrunk.nearest.as_ref().map(|nearest| &nearest.plan),
        wall_seconds: watch.elapsed().as_secs_f64(),
    };
    let written = sitting.artefacts().write("shrunk.json", &line);
    sitting.require_written(written);
    sitting.close()?;
    if arguments.common.json {
        ndjson::write(&mut io::stdout().lock(), &line)
            .context("cannot write to standard output")?;
    }
    eprintln!("shrunk: {}", minimal.fingerprint);
    eprint!("{}", minimal.told());
    Ok(Exit::Ok)
}

/// Files the run of the plan as it was, and what it was shrunk to.
fn file(sitting: &mut Sitting, plan: &Plan, shrunk: &Shrunk) -> Result<Minimal> {
    let watch = Stopwatch::start();
    let whole = run_on_core(0, plan).map_err(|message| anyhow!(message))?;
    sitting.take_quietly(&whole, watch.elapsed());
    let minimal = sitting.take_minimal(plan, shrunk);
    minimal.with_context(|| format!("cannot write to {}", sitting.shown_folder()))
}

fn find(arguments: &Arguments) -> Result<Plan> {
    let mut plan = replay::find(&arguments.what)?;
    if let Some(system) = &arguments.system {
        known(system)?;
        plan.system.clone_from(system);
    }
    Ok(plan)
}

/// Refuses a system that does not exist.
pub(super) fn known(system: &str) -> Result<()> {
    match planted::system(system) {
        Some(_) => Ok(()),
        None => {
            let unknown =
                format!("there is no system '{system}'; `cargo chaos list` names the specimens");
            Err(Misuse(unknown).into())
        }
    }
}

/// Shrinks a plan within its bounds, and shows how far it is. Its name then says what it shows.
pub(crate) fn shrunk(
    plan: &Plan,
    runs_max: u64,
    budget: Option<Duration>,
    quiet: bool,
) -> Result<Shrunk, NotShrunk> {
    let began = Stopwatch::start();
    let mut progress = Progress::of_runs("shrinking", runs_max, quiet);
    let mut shrunk = shrink::shrink(plan, runs_max, |so_far| {
        progress.say(format!(
            "{} runs, {} faults and {} operations left",
            so_far.runs, so_far.faults, so_far.operations
        ));
        let used_up = budget.is_some_and(|budget| began.elapsed() >= budget);
        match used_up || interrupt::stopped() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    if let Some(shown) = fingerprint(&shrunk.record) {
        if let Some(nearest) = &mut shrunk.nearest {
            nearest.plan.name = format!("{shown}, but passing");
        }
        shrunk.record.plan.name = shown;
    }
    Ok(shrunk)
}

/// Writes what was shrunk, and says how to run and how to keep it.
///
/// # Errors
/// The operating system's.
pub(crate) fn written(
    artefacts: &Artefacts,
    before: &Plan,
    shrunk: &Shrunk,
    nearest: Option<&RunRecord>,
) -> io::Result<Minimal> {
    let path = artefacts.write_shrunk(before, &shrunk.record, nearest)?;
    let path = folder::shown(&path);
    let mut minimal = Minimal::of(before, shrunk);
    minimal.replay = Some(replay_command(&path));
    minimal.keep = Some(folder::keep_command(&path, &minimal.fingerprint));
    Ok(minimal)
}

/// The run of the nearest plan that passes: shrinking keeps only the plan.
pub(crate) fn nearest_run(shrunk: &Shrunk) -> Option<RunRecord> {
    let nearest = shrunk.nearest.as_ref()?;
    run_on_core(0, &nearest.plan).ok()
}

fn exit(why: &NotShrunk) -> Exit {
    match why {
        NotShrunk::Green => Exit::Inconclusive,
        NotShrunk::Broken(_) => Exit::Internal,
        NotShrunk::NotReproducible => Exit::NotDeterministic,
    }
}
