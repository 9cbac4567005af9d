//! `replay`: one seed or plan again.

use std::path::Path;

use anyhow::Result;
use clap::Args;
use likewise_reports::story;
use likewise_sim::{
    campaign::run_on_core,
    catalogue,
    plan::{self, Plan, generate},
    planted,
};

use crate::{
    arguments::Common,
    exit::{Exit, Misuse},
    sitting::Sitting,
    stopwatch::Stopwatch,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos replay 17                                          the plan of seed 17
  cargo chaos replay target/likewise/latest/seeds/17/plan.json   a plan in a file; edit it and run it again
  cargo chaos replay no-tombstone --story                        a scenario's or specimen's plan, told";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A seed, a plan's file, or the name of a scenario or specimen
    #[arg(value_name = "SEED|PLAN.JSON|NAME")]
    what: String,
    /// Tells the run line by line on standard output; with --json on standard error
    #[arg(long)]
    story: bool,
    #[command(flatten)]
    common: Common,
}

/// Runs one plan.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let plan = find(&arguments.what)?;
    let mut sitting = Sitting::begin(&arguments.common);
    let watch = Stopwatch::start();
    match run_on_core(0, &plan) {
        Err(message) => sitting.take_broken(&plan, &message),
        Ok(record) => {
            if arguments.story {
                tell(&story::tell(&record), arguments.common.json);
            }
            sitting.take_replayed(&record, watch.elapsed());
            let explained = story::explain(&record);
            if record.is_green() {
                eprintln!("{}", explained.join("\n"));
            }
            eprintln!("hash        {}", record.hash);
            if sitting.summary.unstruck_runs > 0 {
                let planned = plan.faults.len();
                sitting.doubt(format!("none of its {planned} faults struck"));
            }
        }
    }
    sitting.end()
}

fn tell(story: &str, is_for_programs: bool) {
    match is_for_programs {
        true => eprintln!("{story}"),
        false => println!("{story}"),
    }
}

/// The plan that is meant: a seed, else a name of the catalogue, else a file.
pub(super) fn find(what: &str) -> Result<Plan> {
    if let Ok(seed) = what.parse() {
        return Ok(generate(seed));
    }
    if let Some(plan) = catalogue::plan(what).or_else(|| planted::plan(what)) {
        return Ok(plan);
    }
    let plan = plan::read(Path::new(what)).map_err(|error| Misuse(error.to_string()))?;
    if planted::system(&plan.system).is_none() {
        let unknown = format!(
            "{what} cannot be run: there is no system '{}'; `cargo chaos list` names the specimens",
            plan.system
        );
        return Err(Misuse(unknown).into());
    }
    Ok(plan)
}
