//! The failures of a campaign by cause, as terminal text.

use std::fmt::Write as _;

use super::minimal_plan::{answers, minimal_plan};
use crate::{
    analysis::{Cause, Summary},
    glossary::{self, Term},
    text::terminal,
    units::count,
};

/// Causes that are shown at most; all are in the report.
const CAUSES_SHOWN_MAX: usize = 5;

/// The causes, each with why it failed and its replay command, then the terms that they use; empty if nothing failed.
///
/// The simplest ones come last, where the prompt follows: shrunk ones with the most runs. If there are many, only the last
/// are shown.
#[must_use]
pub fn findings(summary: &Summary) -> String {
    let mut causes = summary.causes();
    causes.reverse();
    let hidden = causes.len().saturating_sub(CAUSES_SHOWN_MAX);
    let mut text = String::new();
    if hidden > 0 {
        let more = count(hidden as u64, "cause is", "causes are");
        let _ = writeln!(text, "{more} only in the report; the simplest:");
    }
    let mut known = Vec::new();
    for cause in &causes[hidden..] {
        let _ = writeln!(text, "cause: {}", cause.title);
        text.push_str(&body(cause));
        let answers = cause.why().map(|why| why.answers()).unwrap_or_default();
        for (_, answer) in answers {
            let _ = glossary::pieces(answer, &mut known);
        }
    }
    text.push_str(&words(&known));
    terminal(&text)
}

/// The terms of the glossary that the answers use.
fn words(known: &[Term]) -> String {
    let mut text = String::new();
    if !known.is_empty() {
        text.push_str("words:\n");
    }
    for term in known {
        let _ = writeln!(text, "  {}: {}", term.name, term.meaning.replace('`', ""));
    }
    text
}

/// The lines below a cause's title. The minimal plan explains a failure better than the run that it came from.
fn body(cause: &Cause<'_>) -> String {
    let finding = cause.shown;
    let mut runs = count(cause.runs, "run", "runs");
    if let ways @ 2.. = cause.findings.len() {
        let _ = write!(runs, " after {ways} combinations of faults");
    }
    let first = format!("  {runs}, one of them: {}", finding.name);
    let mut text = String::new();
    match (&finding.minimal, &finding.replay) {
        (Some(minimal), Some(replay)) => {
            let _ = writeln!(text, "{first}: {replay}");
            text.push_str(&minimal_plan(minimal));
        }
        (_, replay) => {
            text.push_str(&answers(&finding.explanation, finding.why.as_ref()));
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
    fn a_cause_is_told_with_the_answers_why_it_failed() {
        let mut summary = summary();
        summary.findings[0].replay = Some("cargo chaos replay plan.json".to_owned());
        insta::assert_snapshot!(findings(&summary), @r#"
        cause: a compensation ran twice
          run: Customer 1 (barred) orders item 1, in a system with the planted bug double-undo; the first reply to undo from store to coordinator was lost.
          promised: What sold-equals-orders says.
          happened: The compensation of step 0 of saga 1 ran twice: item 1 went from 0 to −1 sold. In the end the two numbers of item 1 differ: sold −1, ordered 0.
          moment: 60 ms, event 19: the transaction “steps” of store committed: item 1 went from 0 to −1 sold. Coordinator had sent “undo step 0 of saga 1” again with message 7: the reply before was lost.
          reason: This system has a planted mistake: the compensation has no barrier. The barrier row of step 0 of saga 1 said “undone”, and did not stop the step. The promise rests on what keeps sold-equals-orders.
          1 run, one of them: double-undo
          replay: cargo chaos replay plan.json
        words:
          compensation: the part of a step that semantically undoes its action
          step: one local transaction in one service
          saga: one distributed transaction: groups of steps, each step with a compensation, except after the pivot
          coordinator: the service that drives sagas and owns the saga log
          barrier: the row that a service writes in the same transaction as a step's effect
        "#);
    }

    #[test]
    fn findings_with_one_cause_are_told_once_with_all_their_runs() {
        let mut summary = summary();
        let one = summary.findings[0].clone();
        let mut shrunk = one.clone();
        shrunk.replay = Some("cargo chaos replay 7".to_owned());
        shrunk.minimal = Some(MinimalPlan::sample(&records::red()));
        let mut other = one.clone();
        other.why.as_mut().unwrap().cause = "another".to_owned();
        summary.findings = vec![one, shrunk, other];
        let text = findings(&summary);
        assert_eq!(text.matches("cause: ").count(), 2, "{text}");
        assert!(
            text.contains("2 runs after 2 combinations of faults"),
            "{text}"
        );
        assert!(text.starts_with("cause: another"), "{text}");
    }

    #[test]
    fn the_simplest_of_many_causes_come_last() {
        let mut summary = summary();
        let one = summary.findings[0].clone();
        let with_runs = |runs: u64| {
            let mut finding = one.clone();
            finding.runs = runs;
            finding.why.as_mut().unwrap().cause = format!("cause of {runs}");
            finding
        };
        summary.findings = (1..=9).map(with_runs).collect();
        let text = findings(&summary);
        assert!(
            text.starts_with("4 causes are only in the report"),
            "{text}"
        );
        let titles: Vec<_> = text.lines().filter(|l| l.starts_with("cause: ")).collect();
        assert_eq!(titles.len(), CAUSES_SHOWN_MAX);
        assert_eq!(titles[4], "cause: cause of 9");
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
