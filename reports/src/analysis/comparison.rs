//! The difference between two campaigns: before and after a change, or of two commits or machines.
//!
//! Campaigns differ in seeds and length, so their counts are shown side by side and not judged. A campaign is worse if
//! it violates a property that held before, fails in a way that is new, or no longer catches a planted bug.

use std::collections::{BTreeMap, BTreeSet};

use likewise_world::record::{Cell, PropertyStatus};
use serde::Serialize;

use super::{
    campaign_report::CampaignReport, comparability::caveats, finding::Finding, summary::Summary,
};
use crate::units::seconds;

/// The difference between two campaigns.
#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The campaign before.
    pub before: Side,
    /// The campaign after.
    pub after: Side,
    /// Why the two campaigns cannot be compared, or only in part; a sentence each.
    pub caveats: Vec<String>,
    /// Properties whose verdict differs.
    pub properties: Vec<PropertyChange>,
    /// Findings that only the later campaign has.
    pub findings_new: Vec<Finding>,
    /// Findings that only the earlier campaign has.
    pub findings_gone: Vec<Finding>,
    /// The number of findings that both have.
    pub findings_kept: u64,
    /// Planted bugs whose result differs.
    #[serde(rename = "specimens")]
    pub planted_bugs: Vec<PlantedBugChange>,
    /// Cells of the fault matrix that only the later campaign covers.
    pub cells_gained: Vec<Cell>,
    /// Cells that only the earlier campaign covers.
    pub cells_lost: Vec<Cell>,
    /// The number of cells that both cover.
    pub cells_kept: u64,
}

/// One of the two campaigns.
#[derive(Debug, Clone, Serialize)]
pub struct Side {
    /// The name that it was given.
    pub name: String,
    /// The commit that the program was built from, if known.
    pub commit: Option<String>,
    /// The planted bug that was run instead of the product.
    pub system: Option<String>,
    /// The exit code.
    pub exit: u8,
    /// The number of runs.
    pub runs: u64,
    /// Runs that violated a property.
    pub violated_runs: u64,
    /// The median time to convergence after the faults healed.
    pub converged_p50_seconds: Option<f64>,
    /// The time within which 90 % of the runs converged.
    pub converged_p90_seconds: Option<f64>,
    /// The time within which 99 % of the runs converged.
    pub converged_p99_seconds: Option<f64>,
    /// The longest time to convergence.
    pub converged_max_seconds: Option<f64>,
    /// Runs per second of wall time.
    pub runs_per_second: Option<f64>,
    /// Simulated time divided by wall time.
    pub times_real_time: Option<f64>,
}

/// A property whose verdict differs.
///
/// A property that only one of the two campaigns knows is listed as well: it was added, removed or renamed in
/// between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PropertyChange {
    /// Its name.
    pub name: String,
    /// The verdict before; `None` if the earlier campaign does not know the property.
    pub before: Option<PropertyStatus>,
    /// The verdict after; `None` if the later campaign does not know the property.
    pub after: Option<PropertyStatus>,
}

/// A planted bug whose result differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlantedBugChange {
    /// Its name.
    pub name: String,
    /// Whether the result was as expected before; `None` if the planted bug was not run.
    pub before: Option<bool>,
    /// Whether the result is as expected after; `None` if it was not run.
    pub after: Option<bool>,
}

impl PropertyChange {
    /// Whether one campaign exercised the property and the other did not, and neither violated it. Longer campaigns exercise more, so
    /// this says little about a change.
    #[must_use]
    pub fn is_of_size(&self) -> bool {
        let is_sound = |status: Option<PropertyStatus>| {
            matches!(
                status,
                Some(PropertyStatus::Passed | PropertyStatus::NeverExercised)
            )
        };
        is_sound(self.before) && is_sound(self.after)
    }
}

impl Comparison {
    /// Compares two campaigns, each given with its name.
    #[must_use]
    pub fn of(before: (&str, &CampaignReport), after: (&str, &CampaignReport)) -> Self {
        let (a, b) = (before.1.summary(), after.1.summary());
        let (findings_new, findings_gone) =
            (findings_missing_in(&a, &b), findings_missing_in(&b, &a));
        let (cells_before, cells_after) = (cells(&a), cells(&b));
        let without = |one: &BTreeSet<Cell>, other: &BTreeSet<Cell>| -> Vec<Cell> {
            one.difference(other).cloned().collect()
        };
        Self {
            kind: "comparison",
            before: Side::of(before.0, before.1, &a),
            after: Side::of(after.0, after.1, &b),
            caveats: caveats(before.1, after.1),
            properties: properties(&a, &b),
            findings_kept: (b.findings.len() - findings_new.len()) as u64,
            findings_new,
            findings_gone,
            planted_bugs: planted_bugs(before.1, after.1),
            cells_gained: without(&cells_after, &cells_before),
            cells_lost: without(&cells_before, &cells_after),
            cells_kept: cells_before.intersection(&cells_after).count() as u64,
        }
    }

    /// Whether a result got worse.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        let missed = |it: &PlantedBugChange| it.after == Some(false);
        self.violates_more() || self.planted_bugs.iter().any(missed)
    }

    /// Whether a property is violated that was not, or a run fails in a new way.
    #[must_use]
    pub fn violates_more(&self) -> bool {
        let violated = |it: &PropertyChange| it.after == Some(PropertyStatus::Violated);
        self.properties.iter().any(violated) || !self.findings_new.is_empty()
    }

    /// The comparison in a few words.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        let is_better = !self.findings_gone.is_empty()
            || self
                .properties
                .iter()
                .any(|it| it.before == Some(PropertyStatus::Violated));
        match (self.is_worse(), is_better) {
            (true, true) => "some results got worse, others got better",
            (true, false) => "some results got worse",
            (false, true) => "some results got better",
            (false, false) => "no result got better or worse",
        }
    }
}

impl Side {
    fn of(name: &str, report: &CampaignReport, summary: &Summary) -> Self {
        let convergence = summary.convergence();
        let wall = report.wall().as_secs_f64();
        let per_second = |number: f64| (wall > 0.0).then(|| number / wall);
        let from = report.meta.provenance.as_ref();
        Self {
            name: name.to_owned(),
            commit: from.map(|from| from.commit.clone()),
            system: report.meta.system.clone(),
            exit: report.meta.exit,
            runs: summary.runs,
            violated_runs: summary.violated_runs,
            converged_p50_seconds: convergence.map(|it| seconds(it.p50_micros)),
            converged_p90_seconds: convergence.map(|it| seconds(it.p90_micros)),
            converged_p99_seconds: convergence.map(|it| seconds(it.p99_micros)),
            converged_max_seconds: convergence.map(|it| seconds(it.max_micros)),
            runs_per_second: per_second(summary.runs as f64),
            times_real_time: per_second(seconds(summary.simulated_micros)),
        }
    }
}

/// The later campaign's order comes first, because its names are the current ones. Properties that are in both are
/// met twice, so a change is added once.
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

/// The findings of `present` that `missing` does not have.
///
/// Findings are compared by fingerprint. The fingerprint leaves out seeds and times, so the same defect has the same
/// one in campaigns over other seeds.
fn findings_missing_in(missing: &Summary, present: &Summary) -> Vec<Finding> {
    let is_known = |finding: &&Finding| {
        let mut known = missing.findings.iter();
        known.any(|known| known.fingerprint == finding.fingerprint)
    };
    let findings = present.findings.iter();
    findings
        .filter(|finding| !is_known(finding))
        .cloned()
        .collect()
}

/// The counts of the cells are left out: a longer campaign has larger counts, and that is no change.
fn cells(summary: &Summary) -> BTreeSet<Cell> {
    let mut cells = BTreeSet::new();
    for row in summary.matrix.rows() {
        cells.extend(row.endings.keys().map(|ending| Cell {
            kind: row.kind,
            place: row.injection_point.clone(),
            ending: *ending,
        }));
    }
    cells
}

fn planted_bugs(before: &CampaignReport, after: &CampaignReport) -> Vec<PlantedBugChange> {
    let results = |report: &CampaignReport| -> BTreeMap<String, bool> {
        let results = report.meta.planted_bugs.iter();
        results
            .map(|it| (it.name.clone(), it.is_as_expected()))
            .collect()
    };
    let (before, after) = (results(before), results(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| PlantedBugChange {
        name: name.clone(),
        before: before.get(name).copied(),
        after: after.get(name).copied(),
    };
    let changes = names.into_iter().map(change);
    // A planted bug that only one of the campaigns ran cannot be compared.
    changes
        .filter(|it| it.before.is_some() && it.after.is_some() && it.before != it.after)
        .collect()
}
