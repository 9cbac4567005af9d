//! A comparison of two campaigns as terminal text.

use std::fmt::Write as _;

use crate::{
    analysis::{Comparison, Finding},
    render::comparison_rows::{cells, properties, rows, verdict},
    text::terminal,
};

/// Findings that are named at most; the rest is counted.
const NAMED_MAX: usize = 10;

/// The comparison, one line for each number and each difference.
#[must_use]
pub fn comparison(comparison: &Comparison) -> String {
    let mut text = String::new();
    let (before, after) = (&comparison.before.name, &comparison.after.name);
    let _ = writeln!(text, "{before} → {after}: {}", comparison.verdict());
    for caveat in &comparison.caveats {
        let _ = writeln!(text, "careful: {caveat}");
    }
    for row in rows(comparison) {
        let _ = writeln!(text, "  {:36} {:>12} → {}", row.what, row.before, row.after);
    }
    for change in properties(comparison) {
        let (before, after) = (verdict(change.before), verdict(change.after));
        let _ = writeln!(text, "property {}: {before} → {after}", change.name);
    }
    for change in &comparison.planted_bugs {
        let word = |is_expected: Option<bool>| {
            if is_expected == Some(true) {
                "as expected"
            } else {
                "not as expected"
            }
        };
        let (before, after) = (word(change.before), word(change.after));
        let _ = writeln!(text, "planted bug {}: {before} → {after}", change.name);
    }
    findings(&mut text, "new finding", &comparison.findings_new);
    findings(&mut text, "resolved finding", &comparison.findings_gone);
    let _ = writeln!(text, "{}", cells(comparison));
    terminal(&text)
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

/// The list is cut, but never silently.
fn more(text: &mut String, what: &str, all: usize) {
    if all > NAMED_MAX {
        let _ = writeln!(text, "{what}: … and {} more", all - NAMED_MAX);
    }
}
