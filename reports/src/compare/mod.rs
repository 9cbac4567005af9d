//! What changed between two campaigns: of one program before and after a change, of two commits, of two machines.
//!
//! ```text
//!  report A ─┐
//!            ├─► Comparison ──► told (terminal), markdown, JSON, a page
//!  report B ─┘
//! ```
//!
//! Campaigns differ in their seeds and lengths, so counts are shown side by side and judged by nobody. What is judged:
//! a property that is violated and was not, a way of failing that was not there, a specimen that is not caught any more.

mod markdown;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use likewise_sim::record::{Cell, PropertyStatus};
use serde::Serialize;

pub use markdown::markdown;
pub use told::told;

use crate::{
    report::{SummaryLine, seconds},
    summary::{Finding, Summary},
};

/// What changed.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The campaign before.
    pub before: Side,
    /// The campaign after.
    pub after: Side,
    /// Properties that fared differently.
    pub properties: Vec<PropertyChange>,
    /// Ways of failing that were not there before.
    pub findings_new: Vec<Finding>,
    /// Ways of failing that are not there any more.
    pub findings_gone: Vec<Finding>,
    /// Ways of failing that both have.
    pub findings_kept: u64,
    /// Specimens that fared differently.
    pub specimens: Vec<SpecimenChange>,
    /// Cells of the matrix that were not seen before.
    pub cells_gained: Vec<Cell>,
    /// Cells of the matrix that are not seen any more.
    pub cells_lost: Vec<Cell>,
    /// Cells that both saw.
    pub cells_kept: u64,
}

/// One of the two campaigns.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// What it is called.
    pub name: String,
    /// The commit it was built from, if that is known.
    pub commit: Option<String>,
    /// The specimen that was run instead of the product.
    pub system: Option<String>,
    /// Its exit code.
    pub exit: u8,
    /// Its runs.
    pub runs: u64,
    /// Of those, violated a property.
    pub violated_runs: u64,
    /// Half of the runs were right again within this time after the healing.
    pub converged_p50_seconds: Option<f64>,
    /// Nine of ten.
    pub converged_p90_seconds: Option<f64>,
    /// All but one of a hundred.
    pub converged_p99_seconds: Option<f64>,
    /// The slowest.
    pub converged_max_seconds: Option<f64>,
    /// Runs in a second of wall time.
    pub runs_per_second: Option<f64>,
    /// Simulated time in wall time.
    pub times_real_time: Option<f64>,
}

/// A property that fared differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PropertyChange {
    /// Its name.
    pub name: String,
    /// How it fared before; nothing, if it was not known.
    pub before: Option<PropertyStatus>,
    /// How it fares now; nothing, if it is not known any more.
    pub after: Option<PropertyStatus>,
}

/// A specimen that fared differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpecimenChange {
    /// Its name.
    pub name: String,
    /// Whether it fared as it should before; nothing, if it was not run.
    pub before: Option<bool>,
    /// Whether it does now.
    pub after: Option<bool>,
}

impl Comparison {
    /// Of two campaigns, each with what to call it.
    #[must_use]
    pub fn of(before: (&str, &SummaryLine), after: (&str, &SummaryLine)) -> Self {
        let (a, b) = (before.1.summary(), after.1.summary());
        let (findings_new, findings_gone) = (unknown(&b, &a), unknown(&a, &b));
        let (cells_before, cells_after) = (cells(&a), cells(&b));
        let without = |one: &BTreeSet<Cell>, other: &BTreeSet<Cell>| -> Vec<Cell> {
            one.difference(other).cloned().collect()
        };
        Self {
            kind: "comparison",
            before: Side::of(before.0, before.1, &a),
            after: Side::of(after.0, after.1, &b),
            properties: properties(&a, &b),
            findings_kept: (b.findings.len() - findings_new.len()) as u64,
            findings_new,
            findings_gone,
            specimens: specimens(before.1, after.1),
            cells_gained: without(&cells_after, &cells_before),
            cells_lost: without(&cells_before, &cells_after),
            cells_kept: cells_before.intersection(&cells_after).count() as u64,
        }
    }

    /// Whether something is wrong that was not.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        let violated = |it: &PropertyChange| it.after == Some(PropertyStatus::Violated);
        let missed = |it: &SpecimenChange| it.after == Some(false);
        self.properties.iter().any(violated)
            || !self.findings_new.is_empty()
            || self.specimens.iter().any(missed)
    }

    /// It in a few words.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        let is_better = !self.findings_gone.is_empty()
            || self
                .properties
                .iter()
                .any(|it| it.before == Some(PropertyStatus::Violated));
        match (self.is_worse(), is_better) {
            (true, true) => "something is wrong that was not, and something is right that was not",
            (true, false) => "something is wrong that was not",
            (false, true) => "something is right that was not",
            (false, false) => "nothing is better or worse",
        }
    }
}

impl Side {
    fn of(name: &str, report: &SummaryLine, summary: &Summary) -> Self {
        let healing = summary.convergence();
        let wall = report.wall().as_secs_f64();
        let per_second = |number: f64| (wall > 0.0).then(|| number / wall);
        let from = report.course.provenance.as_ref();
        Self {
            name: name.to_owned(),
            commit: from.map(|from| from.commit.clone()),
            system: report.course.system.clone(),
            exit: report.course.exit,
            runs: summary.runs,
            violated_runs: summary.violated_runs,
            converged_p50_seconds: healing.map(|it| seconds(it.p50_micros)),
            converged_p90_seconds: healing.map(|it| seconds(it.p90_micros)),
            converged_p99_seconds: healing.map(|it| seconds(it.p99_micros)),
            converged_max_seconds: healing.map(|it| seconds(it.max_micros)),
            runs_per_second: per_second(summary.runs as f64),
            times_real_time: per_second(seconds(summary.simulated_micros)),
        }
    }
}

fn properties(before: &Summary, after: &Summary) -> Vec<PropertyChange> {
    let standing = |summary: &Summary, name: &str| {
        let known = summary.properties.iter().find(|it| it.name == name);
        known.map(|it| it.status)
    };
    let all = after.properties.iter().chain(&before.properties);
    let mut changes: Vec<PropertyChange> = Vec::new();
    for property in all {
        let change = PropertyChange {
            name: property.name.clone(),
            before: standing(before, &property.name),
            after: standing(after, &property.name),
        };
        if change.before != change.after && !changes.contains(&change) {
            changes.push(change);
        }
    }
    changes
}

/// The findings of one that the other does not have.
fn unknown(one: &Summary, other: &Summary) -> Vec<Finding> {
    let is_known = |finding: &&Finding| {
        let mut known = other.findings.iter();
        known.any(|known| known.fingerprint == finding.fingerprint)
    };
    let findings = one.findings.iter();
    findings
        .filter(|finding| !is_known(finding))
        .cloned()
        .collect()
}

fn cells(summary: &Summary) -> BTreeSet<Cell> {
    let mut cells = BTreeSet::new();
    for place in summary.matrix.places() {
        cells.extend(place.endings.keys().map(|ending| Cell {
            kind: place.kind,
            place: place.cut.clone(),
            ending: *ending,
        }));
    }
    cells
}

fn specimens(before: &SummaryLine, after: &SummaryLine) -> Vec<SpecimenChange> {
    let results = |report: &SummaryLine| -> BTreeMap<String, bool> {
        let results = report.course.specimen_results.iter();
        results.map(|it| (it.name.clone(), it.is_good())).collect()
    };
    let (before, after) = (results(before), results(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| SpecimenChange {
        name: name.clone(),
        before: before.get(name).copied(),
        after: after.get(name).copied(),
    };
    let changes = names.into_iter().map(change);
    // One that only one campaign ran says nothing.
    changes
        .filter(|it| it.before.is_some() && it.after.is_some() && it.before != it.after)
        .collect()
}

/// A line of the numbers that stand side by side.
pub(crate) struct Row {
    /// What is compared.
    pub(crate) what: &'static str,
    /// In the campaign before.
    pub(crate) before: String,
    /// In the campaign after.
    pub(crate) after: String,
}

/// The numbers of both, side by side.
pub(crate) fn rows(comparison: &Comparison) -> Vec<Row> {
    let seconds = |seconds: Option<f64>| {
        let span = |seconds| crate::terminal::span(std::time::Duration::from_secs_f64(seconds));
        seconds.map_or_else(|| "–".to_owned(), span)
    };
    let number =
        |number: Option<f64>| number.map_or_else(|| "–".to_owned(), |it| format!("{it:.0}"));
    let of = |what, value: &dyn Fn(&Side) -> String| Row {
        what,
        before: value(&comparison.before),
        after: value(&comparison.after),
    };
    vec![
        of("what was run", &|side| match &side.system {
            Some(specimen) => format!("specimen {specimen}"),
            None => "the product".to_owned(),
        }),
        of("exit code", &|side| side.exit.to_string()),
        of("runs", &|side| side.runs.to_string()),
        of("runs that violated a property", &|side| {
            side.violated_runs.to_string()
        }),
        of("half of the runs right again within", &|side| {
            seconds(side.converged_p50_seconds)
        }),
        of("90 % right again within", &|side| {
            seconds(side.converged_p90_seconds)
        }),
        of("99 % right again within", &|side| {
            seconds(side.converged_p99_seconds)
        }),
        of("the slowest right again after", &|side| {
            seconds(side.converged_max_seconds)
        }),
        of("runs a second", &|side| number(side.runs_per_second)),
        of("times real time", &|side| number(side.times_real_time)),
    ]
}

/// How a property fares, in words.
pub(crate) fn fares(standing: Option<PropertyStatus>) -> &'static str {
    match standing {
        Some(PropertyStatus::Passed) => "held",
        Some(PropertyStatus::NeverExercised) => "never exercised",
        Some(PropertyStatus::Violated) => "violated",
        None => "unknown",
    }
}

/// A cell in words.
pub(crate) fn cell(cell: &Cell) -> String {
    format!(
        "{} at {}: {}",
        cell.kind.name(),
        cell.place,
        cell.ending.name()
    )
}

#[cfg(test)]
mod tests;
