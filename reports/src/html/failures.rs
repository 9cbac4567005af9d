//! What broke: one card for each way of failing, with what is left of its plan once all that does not matter is gone.

use likewise_sim::plan::Plan;

use super::{Link, block, sequence};
use crate::{
    dossier::{Dossier, Role, Shown},
    summary::{Finding, Summary},
    terminal::count,
};

/// Cards that are shown; of more failures the rest is counted.
const CARDS_MAX: usize = 12;

/// One way of failing.
pub(super) struct Failure {
    pub(super) property: String,
    pub(super) title: String,
    pub(super) runs: String,
    pub(super) sentences: Vec<String>,
    pub(super) minimal: Option<Minimal>,
    pub(super) drawing: String,
    pub(super) links: Vec<Link>,
    pub(super) replay: Option<String>,
    pub(super) keep: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) nearest: Option<String>,
    pub(super) nearest_change: String,
}

/// What shrinking left.
pub(super) struct Minimal {
    pub(super) faults_before: usize,
    pub(super) faults_after: usize,
    pub(super) faults_word: &'static str,
    pub(super) operations_before: usize,
    pub(super) operations_after: usize,
    pub(super) operations_word: &'static str,
    pub(super) effort: String,
}

/// What the cards show, and how many there are not.
pub(super) fn lead(summary: &Summary) -> String {
    let all = summary.findings.len();
    let failed = count(summary.violated_runs, "run", "runs");
    let ways = count(all as u64, "way", "different ways");
    let folded = match all.saturating_sub(CARDS_MAX) {
        0 => String::new(),
        more => format!(" {more} more are in report.json."),
    };
    format!("{failed} failed in {ways}; one run stands for each.{folded}")
}

/// The cards, those that were shrunk first: they explain best.
pub(super) fn failures(dossier: &Dossier, summary: &Summary) -> Vec<Failure> {
    let mut findings: Vec<&Finding> = summary.findings.iter().collect();
    findings.sort_by_key(|finding| finding.minimal.is_none());
    let shown = findings.into_iter().take(CARDS_MAX);
    shown.map(|finding| card(dossier, finding)).collect()
}

fn card(dossier: &Dossier, finding: &Finding) -> Failure {
    let run = |role| {
        let mut runs = dossier.runs.iter();
        runs.find(|shown| {
            shown.role == role && shown.finding.as_ref() == Some(&finding.fingerprint)
        })
    };
    let (minimal, failed, nearest) = (run(Role::Minimal), run(Role::Failure), run(Role::Nearest));
    let drawn = minimal.or(failed);
    let shrunk = finding.minimal.as_ref();
    let title = shrunk.map_or(&finding.fingerprint, |minimal| &minimal.fingerprint);
    Failure {
        property: finding.property.clone(),
        title: title.clone(),
        runs: told_runs(finding),
        sentences: shrunk
            .map_or(&finding.explanation, |m| &m.explanation)
            .to_vec(),
        minimal: shrunk.map(Minimal::of),
        drawing: drawn.map_or_else(String::new, |shown| sequence::draw(&shown.record)),
        links: links(minimal, failed, nearest),
        replay: shrunk
            .and_then(|m| m.replay.clone())
            .or_else(|| finding.replay.clone()),
        keep: shrunk.and_then(|minimal| minimal.keep.clone()),
        plan: drawn.map(|shown| json(&shown.record.plan)),
        nearest: nearest.map(|shown| json(&shown.record.plan)),
        nearest_change: shrunk.and_then(|m| m.nearest.clone()).unwrap_or_default(),
    }
}

fn told_runs(finding: &Finding) -> String {
    let first = match finding.seed {
        Some(seed) => format!("seed {seed}"),
        None => finding.name.clone(),
    };
    match finding.runs {
        0 | 1 => first,
        runs => format!("{first}, and {} more", runs - 1),
    }
}

fn links(minimal: Option<&Shown>, failed: Option<&Shown>, nearest: Option<&Shown>) -> Vec<Link> {
    let named = [
        ("Step through the minimal run", minimal),
        ("The run as it was found", failed),
        ("The nearest run that passes", nearest),
    ];
    let link = |(text, shown): (&str, Option<&Shown>)| {
        let shown = shown?;
        let violation = shown.record.violations.first();
        Some(Link {
            href: violation.map_or_else(
                || block::href(shown),
                |violation| block::href_of_violation(shown, violation),
            ),
            text: text.to_owned(),
        })
    };
    named.into_iter().filter_map(link).collect()
}

impl Minimal {
    fn of(minimal: &crate::minimal::Minimal) -> Self {
        let word = |number, one, many| if number == 1 { one } else { many };
        Self {
            faults_before: minimal.before.faults,
            faults_after: minimal.after.faults,
            faults_word: word(minimal.after.faults, "fault", "faults"),
            operations_before: minimal.before.operations,
            operations_after: minimal.after.operations,
            operations_word: word(minimal.after.operations, "operation", "operations"),
            effort: format!(
                "{} in {} runs",
                if minimal.is_minimal {
                    "nothing more can be taken away: shrunk"
                } else {
                    "cut short: shrunk"
                },
                minimal.runs
            ),
        }
    }
}

fn json(plan: &Plan) -> String {
    serde_json::to_string_pretty(plan).unwrap_or_default()
}
