//! The failures of a campaign as terminal text.

use std::fmt::Write as _;

use super::minimal_plan::minimal_plan;
use crate::{
    analysis::{Finding, Summary},
    text::terminal,
    units::count,
};

/// Findings that are shown at most; all are in the report.
const FINDINGS_SHOWN_MAX: usize = 5;

/// The findings, each with its replay command; empty if there are none.
///
/// The simplest ones come last, where the prompt follows: shrunk ones, and else those with the shortest fingerprints.
/// If there are many, only the last are shown.
#[must_use]
pub fn findings(summary: &Summary) -> String {
    let mut findings: Vec<&Finding> = summary.findings.iter().collect();
    findings.retain(|it| it.minimal.is_some() || shrunk_with_same_failure(summary, it).is_none());
    findings.sort_by_key(|finding| {
        let is_shrunk = finding.minimal.is_some();
        (is_shrunk, std::cmp::Reverse(finding.fingerprint.len()))
    });
    let hidden = findings.len().saturating_sub(FINDINGS_SHOWN_MAX);
    let mut text = String::new();
    if hidden > 0 {
        let more = count(hidden as u64, "finding is", "findings are");
        let _ = writeln!(text, "{more} only in the report; the simplest:");
    }
    for finding in &findings[hidden..] {
        let _ = writeln!(text, "violated: {}", finding.fingerprint);
        text.push_str(&body(finding, runs_represented(summary, finding)));
    }
    terminal(&text)
}

/// The shrunk finding that fails in the same way as this one. It represents this one in the list.
///
/// The same defect often has several fingerprints, because other faults led to it. One shrunk plan explains all of
/// them.
fn shrunk_with_same_failure<'a>(summary: &'a Summary, one: &Finding) -> Option<&'a Finding> {
    let mut shrunk = summary.findings.iter().filter(|f| f.minimal.is_some());
    shrunk.find(|other| other.failure == one.failure)
}

/// The number of runs of other findings that a shrunk one represents.
///
/// Without this number a defect that a thousand runs show in several ways would look rare.
fn runs_represented(summary: &Summary, shrunk: &Finding) -> u64 {
    let is_represented = |other: &&Finding| {
        other.minimal.is_none() && shrunk_with_same_failure(summary, other) == Some(shrunk)
    };
    let others = summary.findings.iter().filter(is_represented);
    others.map(|other| other.runs).sum()
}

/// The lines below a finding's title. The minimal plan explains a failure better than the run that it came from.
fn body(finding: &Finding, others: u64) -> String {
    let mut runs = count(finding.runs, "run", "runs");
    if others > 0 {
        let _ = write!(
            runs,
            " (and {others} more that fail in the same way after other faults)"
        );
    }
    let first = format!("  {runs}, the first: {}", finding.name);
    let mut text = String::new();
    match (&finding.minimal, &finding.replay) {
        (Some(minimal), Some(replay)) => {
            let _ = writeln!(text, "{first}: {replay}");
            text.push_str(&minimal_plan(minimal));
        }
        (_, replay) => {
            for sentence in &finding.explanation {
                let _ = writeln!(text, "  {sentence}");
            }
            let _ = writeln!(text, "{first}");
            if let Some(replay) = replay {
                let _ = writeln!(text, "  replay: {replay}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        analysis::MinimalPlan,
        samples::{campaign::summary, records},
    };

    #[test]
    fn a_finding_is_explained_in_three_sentences() {
        let mut summary = summary();
        summary.findings[0].replay = Some("cargo chaos replay plan.json".to_owned());
        insta::assert_snapshot!(findings(&summary), @r"
        violated: sold-equals-orders in double-undo after lose-reply
          Customer 1 (barred) orders item 1, in a system with the planted bug double-undo; the first reply to undo from store to coordinator was lost.
          Then coordinator asked store to undo step 0 of saga 1 again and store committed “item 1: sold 0 → -1”.
          sold-equals-orders was violated at 60 ms: item 1 is sold -1 times and has 0 orders.
          1 run, the first: double-undo
          replay: cargo chaos replay plan.json
        ");
    }

    #[test]
    fn a_shrunk_finding_represents_others_with_the_same_failure() {
        let mut summary = summary();
        let red = records::red();
        let one = summary.findings[0].clone();
        let mut shrunk = one.clone();
        shrunk.replay = Some("cargo chaos replay 7".to_owned());
        shrunk.minimal = Some(MinimalPlan::sample(&red));
        let mut other = one.clone();
        other.failure = "another".to_owned();
        other.fingerprint = "another".to_owned();
        summary.findings = vec![one, shrunk, other];
        let text = findings(&summary);
        assert_eq!(text.matches("violated: ").count(), 2, "{text}");
        assert!(
            text.contains("1 run (and 1 more that fail in the same way"),
            "{text}"
        );
        assert!(text.starts_with("violated: another"), "{text}");
    }

    #[test]
    fn the_simplest_of_many_findings_come_last() {
        let mut summary = summary();
        let one = summary.findings[0].clone();
        summary.findings = (1..=9)
            .map(|length| Finding {
                fingerprint: "x".repeat(length),
                ..one.clone()
            })
            .collect();
        let text = findings(&summary);
        assert!(
            text.starts_with("4 findings are only in the report"),
            "{text}"
        );
        let titles: Vec<_> = text.lines().filter(|l| l.starts_with("violated")).collect();
        assert_eq!(titles.len(), FINDINGS_SHOWN_MAX);
        assert_eq!(titles[4], "violated: x");
    }

    #[test]
    fn hostile_text_cannot_control_the_terminal() {
        for hostile in records::HOSTILE {
            let mut summary = Summary::default();
            summary.add(&records::hostile(hostile), Duration::ZERO);
            let text = findings(&summary);
            assert!(
                text.chars().all(|c| c == '\n' || !c.is_control()),
                "{text:?}"
            );
        }
    }
}
