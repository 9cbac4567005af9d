//! `explain`: why a plan fails, and when its failure was baked in.

use std::{io, time::Duration};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use likewise_reports::{
    analysis::{Outlook, Why},
    ndjson, terminal,
};
use likewise_search::{
    campaign::run_on_core,
    futures::{FUTURES, NoFutures},
};
use likewise_world::{plan::Plan, record::RunRecord};
use serde::Serialize;

use super::replay;
use crate::{exit::Exit, futures, interrupt, shell, stopwatch::Stopwatch, suite::Suite};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos explain target/likewise/latest/seeds/17/min-plan.json   a minimal plan
  cargo chaos explain no-tombstone                                    the plan of a planted bug
  cargo chaos explain min-plan.json --futures 100 --budget 60s        more futures of each event
  cargo chaos explain min-plan.json --json                            for a program

A future keeps the run up to one event, and draws latencies and faults anew after it. A large plan is better shrunk first:
`cargo chaos shrink PLAN`.

Exit codes:
  0  the failure was explained
  2  invalid command line or file
  3  the plan does not fail, or the budget ended before every event was searched
  5  a future differs from the run before its fork";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file of a plan, a seed, or the name of a scenario or a planted bug
    #[arg(value_name = "PLAN.JSON|SEED|NAME")]
    what: String,
    /// Run the plan on a system with this planted bug instead of on the system that the plan names
    #[arg(long, value_name = "PLANTED-BUG")]
    system: Option<String>,
    /// Run this many futures of each event
    #[arg(long, value_name = "NUMBER", default_value_t = FUTURES, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    futures: u32,
    /// Start no run after this time: 500ms, 60s, 2m
    #[arg(long, value_name = "TIME", value_parser = likewise_cli::duration)]
    budget: Option<Duration>,
    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// The output for programs.
#[derive(Debug, Serialize)]
struct ExplainedLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    system: &'a str,
    explanation: [String; 3],
    why: &'a Why,
    outlook: &'a Outlook,
    is_complete: bool,
    plan: &'a Plan,
    wall_seconds: f64,
}

/// Explains one plan.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    let plan = replay::find(suite, &arguments.what, arguments.system.as_deref())?;
    interrupt::listen();
    let watch = Stopwatch::start();
    let record = run_on_core(0, suite.system, &plan).map_err(|reason| anyhow!(reason))?;
    let bounds = futures::Bounds {
        each: arguments.futures,
        budget: arguments.budget,
    };
    let found = match futures::of(suite.system, &record, bounds, arguments.json) {
        Ok(found) => found,
        Err(reason) => {
            eprintln!("{}: {reason}", plan.name);
            return Ok(match reason {
                NoFutures::Green => Exit::Inconclusive,
                NoFutures::OtherPrefix { .. } => Exit::NotDeterministic,
            });
        }
    };
    let outlook = Outlook::of(&record, &found);
    let mut why = Why::of(&record).context("a run that failed has a reason")?;
    why.certain = Some(outlook.sentence.clone());
    let explained = Explained {
        record: &record,
        why: &why,
        outlook: &outlook,
        is_complete: found.is_complete,
        wall: watch.elapsed(),
    };
    explained.print(suite, arguments)
}

struct Explained<'a> {
    record: &'a RunRecord,
    why: &'a Why,
    outlook: &'a Outlook,
    is_complete: bool,
    wall: Duration,
}

impl Explained<'_> {
    fn print(&self, suite: &Suite, arguments: &Arguments) -> Result<Exit> {
        let plan = &self.record.plan;
        if arguments.json {
            let line = ExplainedLine {
                kind: "explained",
                name: &plan.name,
                system: &plan.system,
                explanation: likewise_reports::story::explain(self.record),
                why: self.why,
                outlook: self.outlook,
                is_complete: self.is_complete,
                plan,
                wall_seconds: self.wall.as_secs_f64(),
            };
            ndjson::write(&mut io::stdout().lock(), &line)
                .context("cannot write to standard output")?;
        } else {
            let text = terminal::outlook(self.record, self.why, self.outlook, shell::columns());
            print!("{text}");
            println!("replay      {}", shell::replay(suite, &arguments.what));
        }
        if self.is_complete {
            return Ok(Exit::Ok);
        }
        eprintln!("not every event was searched: the budget ended, or the command was stopped");
        Ok(Exit::Inconclusive)
    }
}
