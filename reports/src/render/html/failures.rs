//! The failures: one card for each cause, with the answers why it failed, its minimal plan and a diagram of the minimal run.
//!
//! A reader wants the smallest run that fails, and a command to run it again. The run as it was found is drawn only
//! if there is no smaller one.

use likewise_world::plan::Plan;

use super::{packed_run, parts::Link, sequence_diagram};
use crate::{
    analysis::{Cause, MinimalPlan, Summary},
    archive::{LoadedCampaign, LoadedRun, RunRole},
    glossary::{self, Piece, Term},
    text::capitalised,
    units::count,
};

/// Cards that are shown at most; the rest is counted.
const CARDS_MAX: usize = 12;

/// An answer to one question about a failure, in pieces: terms of the glossary have a tooltip.
pub(super) struct Answer {
    pub(super) name: String,
    pub(super) pieces: Vec<Piece>,
}

/// The card of one cause.
pub(super) struct Failure {
    /// The name of the violated property.
    pub(super) property: String,
    /// The cause in a few words.
    pub(super) title: String,
    /// How many runs failed for it, after how many combinations of faults, and one of them.
    pub(super) runs: String,
    /// What was run, and why it failed. Empty in older reports.
    pub(super) answers: Vec<Answer>,
    /// The terms of the glossary that the answers use.
    pub(super) words: Vec<Term>,
    /// What happened in the run that is drawn, step by step. Empty if there are answers.
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
    let causes = summary.causes().len();
    let failed = count(summary.violated_runs, "run", "runs");
    let ways = summary.findings.len() as u64;
    let ways = count(ways, "combination of faults", "combinations of faults");
    let number = count(causes as u64, "cause", "causes");
    let hidden = match causes.saturating_sub(CARDS_MAX) {
        0 => String::new(),
        more => format!(" {more} more causes are in report.json."),
    };
    format!("{failed} failed, after {ways}: {number}. The smallest plan stands for each.{hidden}")
}

/// The cards. Shrunk causes come first, because they explain a failure best.
pub(super) fn failures(campaign: &LoadedCampaign, summary: &Summary) -> Vec<Failure> {
    let causes = summary.causes();
    let shown = causes.iter().take(CARDS_MAX);
    shown.map(|cause| card(campaign, cause)).collect()
}

/// The minimal run is drawn if there is one, else the run as it was found. The answers are about the run that is drawn.
fn card(campaign: &LoadedCampaign, cause: &Cause<'_>) -> Failure {
    let finding = cause.shown;
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
    let (answers, words) = answers(cause);
    let is_older = answers.is_empty();
    let sentences = cause.explanation().iter().filter(|_| is_older);
    Failure {
        property: cause.properties().join(", "),
        title: capitalised(&cause.title),
        runs: runs_phrase(cause),
        answers,
        words,
        sentences: sentences.cloned().collect(),
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

/// What was run, and why it failed, with the terms that are explained. Nothing in older reports.
fn answers(cause: &Cause<'_>) -> (Vec<Answer>, Vec<Term>) {
    let Some(why) = cause.why() else {
        return (Vec::new(), Vec::new());
    };
    let run = ("run", cause.explanation()[0].as_str());
    let mut words = Vec::new();
    let named = [run].into_iter().chain(why.answers());
    let answers = named.map(|(name, text)| Answer {
        name: capitalised(name),
        pieces: glossary::pieces(text, &mut words),
    });
    (answers.collect(), words)
}

/// A seed is shorter than a name and can be replayed, so it is preferred.
fn runs_phrase(cause: &Cause<'_>) -> String {
    let one = match cause.shown.seed {
        Some(seed) => format!("seed {seed}"),
        None => cause.shown.name.clone(),
    };
    let runs = count(cause.runs, "run", "runs");
    match cause.findings.len() {
        0 | 1 => format!("{runs}, one of them: {one}"),
        ways => format!("{runs} after {ways} combinations of faults, one of them: {one}"),
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
