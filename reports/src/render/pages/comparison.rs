//! The page of a comparison.

use askama::Template;

use super::style::STYLE;
use crate::{
    analysis::{Comparison, Finding, PropertyChange},
    render::{
        comparison_rows::{Row, cell, cells, properties, properties_of_size, rows, verdict},
        content_security_policy::policy,
    },
};

/// Cells and findings that are named at most; the rest is counted.
const NAMED_MAX: usize = 50;

#[derive(Template)]
#[template(path = "comparison.html")]
struct ComparisonPage<'a> {
    policy: String,
    style: &'static str,
    comparison: &'a Comparison,
    rows: Vec<Row>,
    properties: Vec<Change>,
    /// Those that only one of the campaigns exercised.
    exercised: Vec<Change>,
    findings: Vec<FindingGroup<'a>>,
    covered: String,
    cells: Vec<CellGroup>,
}

/// A property whose verdict differs.
struct Change {
    name: String,
    before: &'static str,
    after: &'static str,
}

struct FindingGroup<'a> {
    title: &'static str,
    findings: &'a [Finding],
    more: usize,
}

struct CellGroup {
    title: &'static str,
    cells: Vec<String>,
    more: usize,
}

/// The page of a comparison.
///
/// # Errors
/// The template's, which no comparison causes.
pub fn comparison(comparison: &Comparison) -> Result<String, askama::Error> {
    ComparisonPage {
        policy: policy(STYLE, None),
        style: STYLE,
        comparison,
        rows: rows(comparison),
        properties: properties(comparison).map(change).collect(),
        exercised: properties_of_size(comparison)
            .into_iter()
            .map(change)
            .collect(),
        findings: finding_groups(comparison),
        covered: cells(comparison),
        cells: cell_groups(comparison),
    }
    .render()
}

fn change(change: &PropertyChange) -> Change {
    Change {
        name: change.name.clone(),
        before: verdict(change.before),
        after: verdict(change.after),
    }
}

fn finding_groups(comparison: &Comparison) -> Vec<FindingGroup<'_>> {
    let groups = [
        ("New findings", &comparison.findings_new),
        ("Resolved findings", &comparison.findings_gone),
    ];
    let used = groups.into_iter().filter(|(_, all)| !all.is_empty());
    used.map(|(title, all)| FindingGroup {
        title,
        findings: &all[..all.len().min(NAMED_MAX)],
        more: all.len().saturating_sub(NAMED_MAX),
    })
    .collect()
}

fn cell_groups(comparison: &Comparison) -> Vec<CellGroup> {
    let groups = [
        ("Newly covered cells", &comparison.cells_gained),
        ("Cells no longer covered", &comparison.cells_lost),
    ];
    let used = groups.into_iter().filter(|(_, all)| !all.is_empty());
    used.map(|(title, all)| CellGroup {
        title,
        cells: all.iter().take(NAMED_MAX).map(cell).collect(),
        more: all.len().saturating_sub(NAMED_MAX),
    })
    .collect()
}
