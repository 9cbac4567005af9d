//! `merge`: the reports of many machines become one, with the same verdict and exit codes.

use std::{fs, ops::Range, path::PathBuf};

use anyhow::Result;
use clap::Args;
use likewise_reports::{
    dossier::Dossier,
    merge::{Named, merge},
    report::{REPORT_VERSION, SummaryLine},
};
use serde::Deserialize;

use crate::{
    arguments::{self, Common},
    exit::{Exit, Misuse},
    sitting::Sitting,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos merge reports/*/report.json              one verdict over all of them
  cargo chaos merge --seeds 100000 */report.json       and no machine's report may be missing
  cargo chaos merge a.json b.json --json | jq .matrix

The runs that a report shows are taken over if they lie beside it, as the campaign left them.

What is the same work twice is refused: overlapping seeds, the same pairs, the single faults of two machines. The
coverage floor is held against all runs together. A finding's replay line names the plan on the machine that found it.

Exit codes, over all reports:
  0 every property held   1 one was violated      2 misuse: also reports of another version, or the same work twice
  3 inconclusive: too little was covered, a machine was stopped, or a part of the pairs is missing
  4 nothing ran           5 not deterministic     70 the harness itself broke";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The `report.json` of each machine
    #[arg(required = true, value_name = "REPORT.json")]
    reports: Vec<PathBuf>,
    /// The seeds of the whole campaign: if the reports do not have all of them, that is inconclusive
    #[arg(long, value_name = "N|A..B", value_parser = arguments::seeds)]
    seeds: Option<Range<u64>>,
    #[command(flatten)]
    common: Common,
}

/// What is looked at before the rest is read.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// Merges them.
pub(super) fn run(arguments: &Arguments) -> Result<Exit> {
    let reports: Vec<Named> = arguments.reports.iter().map(read).collect::<Result<_>>()?;
    let (summary, course) = merge(&reports).map_err(|clash| Misuse(clash.to_string()))?;
    let is_campaign = course.seeds_run.is_some();
    let missing = arguments.seeds.as_ref().and_then(|seeds| {
        let ran = course.seeds_run.clone().unwrap_or_default();
        ran.gap(seeds)
    });
    let mut sitting = Sitting::begin(&arguments.common);
    // The machines ran at the same time: what passed is the time of the slowest.
    let wall = reports.iter().map(|(_, report)| report.wall()).max();
    sitting.stand_for(summary, course, wall.unwrap_or_default());
    for (_, report) in &reports {
        let exit = Exit::of_code(report.course.exit);
        sitting.note(exit.filter(|exit| exit.is_of_runs()).unwrap_or(Exit::Ok));
    }
    if is_campaign {
        sitting.require_coverage();
    }
    if let Some(missing) = missing {
        let (start, end) = (missing.start, missing.end);
        sitting.doubt(format!(
            "the seeds from {start} to before {end} are in none of the reports"
        ));
    }
    for path in &arguments.reports {
        // A report that came alone has nothing to show.
        if let Some(Ok(dossier)) = path.parent().map(Dossier::read) {
            sitting.adopt(&dossier);
        }
    }
    sitting.say(format!("merged      {} reports", reports.len()));
    sitting.end()
}

fn read(path: &PathBuf) -> Result<Named> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| Misuse(format!("cannot read the report {shown}: {error}")))?;
    let not_a_report = |error| Misuse(format!("{shown} is not a report: {error}"));
    let head: Head = serde_json::from_str(&text).map_err(not_a_report)?;
    if head.version != REPORT_VERSION {
        let why = format!(
            "{shown} is a report of version {}, this program merges version {REPORT_VERSION}: use one version on all machines",
            head.version
        );
        return Err(Misuse(why).into());
    }
    let report: SummaryLine = serde_json::from_str(&text).map_err(not_a_report)?;
    Ok((shown, report))
}
