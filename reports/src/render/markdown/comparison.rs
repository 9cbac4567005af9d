//! A comparison of two campaigns as Markdown, for a comment or a step of a CI job.

use std::fmt::Write as _;

use super::table::table;
use crate::{
    analysis::{Comparison, Finding},
    render::comparison_rows::{Row, cell, cells, properties, properties_of_size, rows, verdict},
    text::{markdown, markdown_block, markdown_code},
};

/// Cells and findings that are named at most; the rest is counted.
const NAMED_MAX: usize = 20;

/// The comparison: the numbers side by side, then each difference.
///
/// Names of campaigns and texts of runs come from outside, so every one of them is escaped or put into a code span.
#[must_use]
pub fn comparison(comparison: &Comparison) -> String {
    let sign = if comparison.is_worse() { "❌" } else { "✅" };
    let (before, after) = (&comparison.before.name, &comparison.after.name);
    let mut text = format!("# {sign} {}\n\n", comparison.verdict());
    for caveat in &comparison.caveats {
        let _ = writeln!(text, "> ⚠️ {}\n", markdown(caveat));
    }
    let heading = ["", &markdown_code(before), &markdown_code(after)];
    let cells_of = |row: &Row| {
        [
            row.what.to_owned(),
            markdown(&row.before),
            markdown(&row.after),
        ]
    };
    let rows: Vec<[String; 3]> = rows(comparison).iter().map(cells_of).collect();
    let _ = writeln!(text, "{}", table(heading, &rows));
    for change in properties(comparison) {
        let (before, after) = (verdict(change.before), verdict(change.after));
        let _ = writeln!(
            text,
            "- property {}: {before} → **{after}**",
            markdown_code(&change.name)
        );
    }
    for change in &comparison.planted_bugs {
        let after = match change.after {
            Some(true) => "is as expected again",
            _ => "is **no longer as expected**",
        };
        let _ = writeln!(
            text,
            "- planted bug {} {after}",
            markdown_code(&change.name)
        );
    }
    findings(&mut text, "New findings", &comparison.findings_new);
    findings(&mut text, "Resolved findings", &comparison.findings_gone);
    folded_cells(&mut text, comparison);
    text
}

/// Each finding with the command that gives it again, so that a reader of the comment need not open the report.
fn findings(text: &mut String, title: &str, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n## {title}: {}\n", findings.len());
    for finding in findings.iter().take(NAMED_MAX) {
        let _ = writeln!(text, "**{}**\n", markdown(&finding.fingerprint));
        for sentence in &finding.explanation {
            let _ = writeln!(text, "1. {}", markdown(sentence));
        }
        if let Some(replay) = &finding.replay {
            let _ = write!(text, "\n{}\n", markdown_block("console", replay));
        }
    }
    more(text, findings.len());
}

/// What only one of them exercised or covered, folded: it differs with the seeds and the length.
fn folded_cells(text: &mut String, comparison: &Comparison) {
    let summary = cells(comparison);
    let groups = [
        ("only after", &comparison.cells_gained),
        ("only before", &comparison.cells_lost),
    ];
    let exercised = properties_of_size(comparison);
    if groups.iter().all(|(_, cells)| cells.is_empty()) && exercised.is_empty() {
        let _ = writeln!(text, "\n{summary}");
        return;
    }
    let _ = writeln!(text, "\n<details><summary>{summary}</summary>\n");
    for change in exercised {
        let (before, after) = (verdict(change.before), verdict(change.after));
        let name = markdown_code(&change.name);
        let _ = writeln!(text, "- property {name}: {before} → {after}");
    }
    for (title, all) in groups {
        for one in all.iter().take(NAMED_MAX) {
            let _ = writeln!(text, "- {title}: {}", markdown(&cell(one)));
        }
        more(text, all.len());
    }
    let _ = writeln!(text, "\n</details>");
}

/// The list is cut, but never silently.
fn more(text: &mut String, all: usize) {
    if all > NAMED_MAX {
        let _ = writeln!(text, "\nAnd {} more.", all - NAMED_MAX);
    }
}
