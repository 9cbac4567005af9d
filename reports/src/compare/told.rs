//! A comparison as people read it in a terminal.

use std::fmt::Write as _;

use super::{Comparison, cell, fares, rows};
use crate::{summary::Finding, terminal::harmless};

/// Of cells and findings, so many are named.
const NAMED_MAX: usize = 10;

/// It in lines.
#[must_use]
pub fn told(comparison: &Comparison) -> String {
    let mut text = String::new();
    let (before, after) = (&comparison.before.name, &comparison.after.name);
    let _ = writeln!(text, "{before} → {after}: {}", comparison.verdict());
    for row in rows(comparison) {
        let _ = writeln!(text, "  {:36} {:>12} → {}", row.what, row.before, row.after);
    }
    for change in &comparison.properties {
        let (before, after) = (fares(change.before), fares(change.after));
        let _ = writeln!(text, "property {}: {before} → {after}", change.name);
    }
    for change in &comparison.specimens {
        let word = |good: Option<bool>| {
            if good == Some(true) {
                "as it should be"
            } else {
                "not"
            }
        };
        let (before, after) = (word(change.before), word(change.after));
        let _ = writeln!(text, "specimen {}: {before} → {after}", change.name);
    }
    findings(&mut text, "fails now", &comparison.findings_new);
    findings(&mut text, "fails no more", &comparison.findings_gone);
    cells(&mut text, "seen now", &comparison.cells_gained);
    cells(&mut text, "seen no more", &comparison.cells_lost);
    harmless(&text)
}

fn findings(text: &mut String, what: &str, findings: &[Finding]) {
    for finding in findings.iter().take(NAMED_MAX) {
        let _ = writeln!(text, "{what}: {}", finding.fingerprint);
        for sentence in &finding.explanation {
            let _ = writeln!(text, "  {sentence}");
        }
        if let Some(replay) = &finding.replay {
            let _ = writeln!(text, "  replay: {replay}");
        }
    }
    more(text, what, findings.len());
}

fn cells(text: &mut String, what: &str, cells: &[likewise_sim::record::Cell]) {
    for one in cells.iter().take(NAMED_MAX) {
        let _ = writeln!(text, "{what}: {}", cell(one));
    }
    more(text, what, cells.len());
}

fn more(text: &mut String, what: &str, all: usize) {
    if all > NAMED_MAX {
        let _ = writeln!(text, "{what}: … and {} more", all - NAMED_MAX);
    }
}
