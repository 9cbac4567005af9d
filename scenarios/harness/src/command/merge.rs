//! `merge`: merges the reports of several machines into one report with one verdict.
//!
//! Reports hold counts and not rates, so they add up without loss. The merged report of all shards equals the report of
//! the whole campaign on one machine.

use std::{fs, ops::Range, path::PathBuf};

use anyhow::Result;
use clap::Args;
use likewise_reports::{
    analysis::{CampaignReport, REPORT_VERSION},
    analysis::{NamedReport, merge},
    archive::LoadedCampaign,
};
use serde::Deserialize;

use crate::{
    arguments::{self, Common},
    exit::{Exit, UsageError},
    session::Session,
    suite::Suite,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo chaos merge reports/*/report.json              one verdict over all reports
  cargo chaos merge --seeds 100000 */report.json       also requires that no machine's report is missing
  cargo chaos merge a.json b.json --json | jq .matrix

The runs that a report shows are copied if they lie next to it, where the campaign wrote them.

Reports that repeat the same work are refused: overlapping seeds, the same pairs, or single faults twice. The
coverage gate applies to all runs together. The replay line of a finding names the plan on the machine that found it.

Exit codes, over all reports:
  0  every property held
  1  a property was violated
  2  invalid command line, a report of another version, or the same work twice
  3  inconclusive: too little was covered, a machine was stopped, or a part of the pairs is missing
  4  nothing ran
  5  not deterministic
  6  a planted bug was not caught, or a control was
  70 the harness itself failed";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The `report.json` of each machine
    #[arg(required = true, value_name = "REPORT.json")]
    reports: Vec<PathBuf>,
    /// The seeds of the whole campaign: the result is inconclusive if a seed is in none of the reports
    #[arg(long, value_name = "N|A..B", value_parser = arguments::seeds)]
    seeds: Option<Range<u64>>,
    #[command(flatten)]
    common: Common,
}

/// The part of a report that is read first, so that an old version gets a clear message.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// Merges reports.
pub(super) fn run(suite: &'static Suite, arguments: &Arguments) -> Result<Exit> {
    let reports: Vec<NamedReport> = arguments.reports.iter().map(read).collect::<Result<_>>()?;
    let mut session = Session::start(suite, &arguments.common)?;
    adopt(&mut session, &reports)?;
    if let Some(missing) = missing_seeds(&session, arguments) {
        let (start, end) = (missing.start, missing.end);
        session.note_inconclusive(format!(
            "the seeds from {start} to before {end} are in none of the reports"
        ));
    }
    // After the verdict is known: copied runs are for readers and change nothing.
    for path in &arguments.reports {
        // A report whose campaign folder was not copied along has no runs to show.
        if let Some(Ok(campaign)) = path.parent().map(LoadedCampaign::read) {
            session.adopt_runs(&campaign);
        }
    }
    session.add_note("merged", format!("{} reports", reports.len()));
    session.finish()
}

/// Takes over what the reports say, and judges all runs together.
fn adopt(session: &mut Session, reports: &[NamedReport]) -> Result<()> {
    let (summary, meta) = merge(reports).map_err(|clash| UsageError(clash.to_string()))?;
    let is_campaign = meta.seeds_run.is_some();
    // The machines ran at the same time, so the wall time is that of the slowest one.
    let wall = reports.iter().map(|(_, report)| report.wall()).max();
    session.adopt_results(summary, meta, wall.unwrap_or_default());
    for (_, report) in reports {
        let exit = Exit::of_code(report.meta.exit);
        session.note(exit.filter(|exit| exit.is_about_runs()).unwrap_or(Exit::Ok));
    }
    if is_campaign {
        session.require_coverage();
    }
    Ok(())
}

/// Seeds of the whole campaign that no report has.
fn missing_seeds(session: &Session, arguments: &Arguments) -> Option<Range<u64>> {
    let seeds = arguments.seeds.as_ref()?;
    let ran = session.meta.seeds_run.clone().unwrap_or_default();
    ran.gap(seeds)
}

/// A report of an older version can be rendered but not merged: the fields that merging needs may be missing in it.
fn read(path: &PathBuf) -> Result<NamedReport> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| UsageError(format!("cannot read the report {shown}: {error}")))?;
    let not_a_report = |error| UsageError(format!("{shown} is not a report: {error}"));
    let head: Head = serde_json::from_str(&text).map_err(not_a_report)?;
    if head.version != REPORT_VERSION {
        let reason = format!(
            "{shown} is a report of version {}, but this program merges version {REPORT_VERSION}: use the same version on all machines",
            head.version
        );
        return Err(UsageError(reason).into());
    }
    let report: CampaignReport = serde_json::from_str(&text).map_err(not_a_report)?;
    Ok((shown, report))
}
