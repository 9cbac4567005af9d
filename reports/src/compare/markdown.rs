//! A comparison in Markdown, for a comment or a step of a CI job.

use std::fmt::Write as _;

use super::{Comparison, cell, fares, rows};
use crate::markdown::text::{code, fenced, plain};
use crate::{summary::Finding, terminal::count};

/// Of cells and findings, so many are named.
const NAMED_MAX: usize = 20;

/// It.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let sign = if comparison.is_worse() { "❌" } else { "✅" };
    let (before, after) = (&comparison.before.name, &comparison.after.name);
    let mut text = format!("# {sign} {}\n\n", comparison.verdict());
    let in_cell = |text: &str| code(text).replace('|', "\\|");
    let _ = writeln!(
        text,
        "| | {} | {} |\n|---|---|---|",
        in_cell(before),
        in_cell(after)
    );
    for row in rows(comparison) {
        let (before, after) = (plain(&row.before), plain(&row.after));
        let _ = writeln!(text, "| {} | {before} | {after} |", row.what);
    }
    text.push('\n');
    for change in &comparison.properties {
        let (before, after) = (fares(change.before), fares(change.after));
        let _ = writeln!(
            text,
            "- property {}: {before} → **{after}**",
            code(&change.name)
        );
    }
    for change in &comparison.specimens {
        let after = match change.after {
            Some(true) => "is as it should be again",
            _ => "is **not as it should be** any more",
        };
        let _ = writeln!(text, "- specimen {} {after}", code(&change.name));
    }
    findings(&mut text, "Fails now", &comparison.findings_new);
    findings(&mut text, "Fails no more", &comparison.findings_gone);
    cells(&mut text, "Seen now", &comparison.cells_gained);
    cells(&mut text, "Seen no more", &comparison.cells_lost);
    text
}

fn findings(text: &mut String, title: &str, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n## {title}: {}\n", findings.len());
    for finding in findings.iter().take(NAMED_MAX) {
        let _ = writeln!(text, "**{}**\n", plain(&finding.fingerprint));
        for sentence in &finding.explanation {
            let _ = writeln!(text, "1. {}", plain(sentence));
        }
        if let Some(replay) = &finding.replay {
            let _ = write!(text, "\n{}\n", fenced("console", replay));
        }
    }
    more(text, findings.len());
}

fn cells(text: &mut String, title: &str, cells: &[likewise_sim::record::Cell]) {
    if cells.is_empty() {
        return;
    }
    let all = count(cells.len() as u64, "cell", "cells");
    let _ = writeln!(text, "\n## {title}: {all} of the matrix\n");
    for one in cells.iter().take(NAMED_MAX) {
        let _ = writeln!(text, "- {}", plain(&cell(one)));
    }
    more(text, cells.len());
}

fn more(text: &mut String, all: usize) {
    if all > NAMED_MAX {
        let _ = writeln!(text, "\nAnd {} more.", all - NAMED_MAX);
    }
}
