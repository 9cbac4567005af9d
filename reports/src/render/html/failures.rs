//! The failures: one card for each finding, with its minimal plan and a diagram of the minimal run.
//!
//! A reader wants the smallest run that fails, and a command to run it again. The run as it was found is drawn only
//! if there is no smaller one.

use likewise_world::plan::Plan;

use super::{packed_run, parts::Link, sequence_diagram};
use crate::{
    analysis::{Finding, MinimalPlan, Summary},
    archive::{LoadedCampaign, LoadedRun, RunRole},
    units::count,
};

/// Cards that are shown at most; the rest is counted.
const CARDS_MAX: usize = 12;

/// The card of one finding.
pub(super) struct Failure {
    /// The name of the violated property.
    pub(super) property: String,
    /// The fingerprint of the run that is drawn.
    pub(super) title: String,
    /// The first run, and how many more failed in this way.
    pub(super) runs: String,
    /// What happened in the run that is drawn, step by step.
    pub(super) sentences: Vec<String>,
    /// `None` if the finding was not shrunk.
    pub(super) minimal: Option<Shrinking>,
    /// SVG; empty if no run of the finding is in the archive.
    pub(super) drawing: String,
    pub(super) links: Vec<Link>,
    /// A command that gives the same run again, once it is known.
    pub(super) replay: Option<String>,
    /// A command that keeps the minimal plan as a regression, once it is known.
    pub(super) keep: Option<String>,
    /// The plan of the run that is drawn, as JSON.
    pub(super) plan: Option<String>,
    /// The plan that differs by one change and passes, as JSON. The change is the best hint at the cause.
    pub(super) nearest: Option<String>,
    /// That change in words; empty without such a plan.
    pub(super) nearest_change: String,
}

/// What shrinking achieved.
pub(super) struct Shrinking {
    pub(super) faults_before: usize,
    pub(super) faults_after: usize,
    pub(super) faults_word: &'static str,
    pub(super) operations_before: usize,
    pub(super) operations_after: usize,
    pub(super) operations_word: &'static str,
    /// Whether nothing more can be removed, and the number of runs that shrinking needed.
    pub(super) effort: String,
}

/// The sentence above the cards.
pub(super) fn lead(summary: &Summary) -> String {
    let all = summary.findings.len();
    let failed = count(summary.violated_runs, "run", "runs");
    let ways = count(all as u64, "way", "different ways");
    let hidden = match all.saturating_sub(CARDS_MAX) {
        0 => String::new(),
        more => format!(" {more} more are in report.json."),
    };
    format!("{failed} failed in {ways}; one run stands for each.{hidden}")
}

/// The cards. Shrunk findings come first, because they explain a failure best.
///
/// The sort is stable, so equal ones stay in the order in which the campaign found them.
pub(super) fn failures(campaign: &LoadedCampaign, summary: &Summary) -> Vec<Failure> {
    let mut findings: Vec<&Finding> = summary.findings.iter().collect();
    findings.sort_by_key(|finding| finding.minimal.is_none());
    let shown = findings.into_iter().take(CARDS_MAX);
    shown.map(|finding| card(campaign, finding)).collect()
}

/// The minimal run is drawn if there is one, else the run as it was found. Title and sentences are those of the run
/// that is drawn.
fn card(campaign: &LoadedCampaign, finding: &Finding) -> Failure {
    let run = |role| {
        let mut runs = campaign.runs.iter();
        runs.find(|run| run.role == role && run.finding.as_ref() == Some(&finding.fingerprint))
    };
    let (minimal, failed, nearest) = (
        run(RunRole::Minimal),
        run(RunRole::Failure),
        run(RunRole::Nearest),
    );
    let drawn = minimal.or(failed);
    let shrunk = finding.minimal.as_ref();
    let title = shrunk.map_or(&finding.fingerprint, |minimal| &minimal.fingerprint);
    Failure {
        property: finding.property.clone(),
        title: title.clone(),
        runs: runs_phrase(finding),
        sentences: shrunk
            .map_or(&finding.explanation, |m| &m.explanation)
            .to_vec(),
        minimal: shrunk.map(Shrinking::of),
        drawing: drawn.map_or_else(String::new, |run| sequence_diagram::svg(&run.record)),
        links: links(minimal, failed, nearest),
        replay: shrunk
            .and_then(|m| m.replay.clone())
            .or_else(|| finding.replay.clone()),
        keep: shrunk.and_then(|minimal| minimal.keep.clone()),
        plan: drawn.map(|run| json(&run.record.plan)),
        nearest: nearest.map(|run| json(&run.record.plan)),
        nearest_change: shrunk.and_then(|m| m.nearest.clone()).unwrap_or_default(),
    }
}

/// A seed is shorter than a name and can be replayed, so it is preferred.
fn runs_phrase(finding: &Finding) -> String {
    let first = match finding.seed {
        Some(seed) => format!("seed {seed}"),
        None => finding.name.clone(),
    };
    match finding.runs {
        0 | 1 => first,
        runs => format!("{first}, and {} more", runs - 1),
    }
}

/// A link to a run with a violation opens at the event that shows it.
fn links(
    minimal: Option<&LoadedRun>,
    failed: Option<&LoadedRun>,
    nearest: Option<&LoadedRun>,
) -> Vec<Link> {
    let named = [
        ("Step through the minimal run", minimal),
        ("The run as it was found", failed),
        ("The nearest passing run", nearest),
    ];
    let link = |(text, run): (&str, Option<&LoadedRun>)| {
        let run = run?;
        let violation = run.record.violations.first();
        Some(Link {
            href: violation.map_or_else(
                || packed_run::href(run),
                |violation| packed_run::href_of_violation(run, violation),
            ),
            text: text.to_owned(),
        })
    };
    named.into_iter().filter_map(link).collect()
}

impl Shrinking {
    fn of(minimal: &MinimalPlan) -> Self {
        let word = |number, one, many| if number == 1 { one } else { many };
        Self {
            faults_before: minimal.before.faults,
            faults_after: minimal.after.faults,
            faults_word: word(minimal.after.faults, "fault", "faults"),
            operations_before: minimal.before.operations,
            operations_after: minimal.after.operations,
            operations_word: word(minimal.after.operations, "operation", "operations"),
            effort: format!(
                "{} in {}",
                if minimal.is_minimal {
                    "nothing more can be removed: shrunk"
                } else {
                    "cut short: shrunk"
                },
                count(minimal.runs, "run", "runs")
            ),
        }
    }
}

fn json(plan: &Plan) -> String {
    serde_json::to_string_pretty(plan).unwrap_or_default()
}
