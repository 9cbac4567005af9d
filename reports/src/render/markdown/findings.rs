//! The findings of a campaign as Markdown blocks.

use std::fmt::Write as _;

use crate::{
    analysis::{Finding, MinimalPlan, PlanSize, Summary},
    text::{markdown, markdown_block, markdown_code},
    units::count,
};

/// Findings in the summary; the report has all.
const FINDINGS_MAX: usize = 10;

/// One block for each finding, after a heading; empty if there are none.
pub(super) fn findings(summary: &Summary) -> Vec<String> {
    if summary.findings.is_empty() {
        return Vec::new();
    }
    let ways = count(summary.findings.len() as u64, "way", "ways");
    let mut blocks = vec![format!("## Failures, in {ways}\n")];
    let mut all: Vec<&Finding> = summary.findings.iter().collect();
    // Shrunk findings explain a failure best.
    all.sort_by_key(|finding| finding.minimal.is_none());
    blocks.extend(all.iter().take(FINDINGS_MAX).map(|one| finding(one)));
    let more = all.len().saturating_sub(FINDINGS_MAX);
    if more > 0 {
        blocks.push(format!("And {more} more: report.html has all.\n"));
    }
    blocks
}

/// The explanation and the command are those of the minimal plan if there is one. The name stays that of the run as
/// it was found, because the report lists that run.
fn finding(finding: &Finding) -> String {
    let mut text = format!("### {}\n\n", markdown(&finding.fingerprint));
    let runs = count(finding.runs, "run", "runs");
    let _ = writeln!(
        text,
        "{runs}, the first: {}\n",
        markdown_code(&finding.name)
    );
    let minimal = finding.minimal.as_ref();
    let sentences = minimal.map_or(&finding.explanation, |minimal| &minimal.explanation);
    for sentence in sentences {
        let _ = writeln!(text, "1. {}", markdown(sentence));
    }
    text.push('\n');
    if let Some(minimal) = minimal {
        let _ = writeln!(text, "{}\n", shrunk(minimal));
    }
    let replay = minimal.and_then(|minimal| minimal.replay.as_ref());
    if let Some(replay) = replay.or(finding.replay.as_ref()) {
        text.push_str(&markdown_block("console", replay));
    }
    text
}

/// How much shrinking removed. A large difference says that most faults of the run had nothing to do with the
/// failure.
fn shrunk(minimal: &MinimalPlan) -> String {
    let size = |size: PlanSize| {
        let faults = count(size.faults as u64, "fault", "faults");
        let operations = count(size.operations as u64, "operation", "operations");
        format!("{faults} and {operations}")
    };
    let mut text = format!(
        "Shrunk from {} to {}.",
        size(minimal.before),
        size(minimal.after)
    );
    if let Some(nearest) = &minimal.nearest {
        let _ = write!(text, " It passes {}.", markdown(nearest));
    }
    text
}
