//! The failures of a campaign by cause, as Markdown blocks.

use std::fmt::Write as _;

use crate::{
    analysis::{Cause, MinimalPlan, PlanSize, Summary},
    glossary::{self, Term},
    text::{capitalised, markdown, markdown_block, markdown_code},
    units::count,
};

/// Causes in the summary; the report has all.
const CAUSES_MAX: usize = 10;

/// One block for each cause, after a heading; empty if nothing failed.
pub(super) fn findings(summary: &Summary) -> Vec<String> {
    let causes = summary.causes();
    if causes.is_empty() {
        return Vec::new();
    }
    let number = count(causes.len() as u64, "cause", "causes");
    let mut blocks = vec![format!("## Failures, with {number}\n")];
    blocks.extend(causes.iter().take(CAUSES_MAX).map(cause));
    let more = causes.len().saturating_sub(CAUSES_MAX);
    if more > 0 {
        blocks.push(format!("And {more} more: report.html has all.\n"));
    }
    blocks
}

/// The answers and the command are those of the minimal plan if there is one. The name stays that of the run as it was
/// found, because the report lists that run.
fn cause(cause: &Cause<'_>) -> String {
    let finding = cause.shown;
    let mut text = format!("### {}\n\n", markdown(&capitalised(&cause.title)));
    let mut runs = count(cause.runs, "run", "runs");
    if let ways @ 2.. = cause.findings.len() {
        let _ = write!(runs, " after {ways} combinations of faults");
    }
    let name = markdown_code(&finding.name);
    let _ = writeln!(text, "{runs}, one of them: {name}\n");
    text.push_str(&answers(cause));
    let minimal = finding.minimal.as_ref();
    if let Some(minimal) = minimal {
        let _ = writeln!(text, "{}\n", shrunk(minimal));
    }
    let replay = minimal.and_then(|minimal| minimal.replay.as_ref());
    if let Some(replay) = replay.or(finding.replay.as_ref()) {
        text.push_str(&markdown_block("console", replay));
    }
    text
}

/// What was run, and why it failed; then the terms that the answers use. Older reports have only three sentences.
fn answers(cause: &Cause<'_>) -> String {
    let explanation = cause.explanation();
    let mut text = String::new();
    let Some(why) = cause.why() else {
        for sentence in explanation {
            let _ = writeln!(text, "1. {}", markdown(sentence));
        }
        text.push('\n');
        return text;
    };
    let mut known = Vec::new();
    let run = ("run", explanation[0].as_str());
    for (name, answer) in [run].into_iter().chain(why.answers()) {
        let _ = glossary::pieces(answer, &mut known);
        let _ = writeln!(text, "- **{}**: {}", capitalised(name), markdown(answer));
    }
    text.push_str(&words(&known));
    text
}

/// In one line: how many terms there are depends on texts from outside.
fn words(known: &[Term]) -> String {
    let words = |term: &Term| format!("**{}**: {}", term.name, term.meaning);
    let words: Vec<String> = known.iter().map(words).collect();
    let words = words.join("; ");
    format!("\n<details><summary>Words</summary>\n\n{words}\n\n</details>\n\n")
}

/// How much shrinking removed. A large difference says that most faults of the run had nothing to do with the
/// failure.
fn shrunk(minimal: &MinimalPlan) -> String {
    let size = |size: PlanSize| {
        let faults = count(size.faults as u64, "fault", "faults");
        let operations = count(size.operations as u64, "operation", "operations");
        format!("{faults} and {operations}")
    };
    let (before, after) = (size(minimal.before), size(minimal.after));
    let mut text = format!("Shrunk from {before} to {after}.");
    // The answers say it too, unless the report is older.
    if let (Some(nearest), None) = (&minimal.nearest, &minimal.why) {
        let _ = write!(text, " It passes {}.", markdown(nearest));
    }
    text
}
