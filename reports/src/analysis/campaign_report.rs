//! The report of a campaign: its `report.json`, and the last line of its output in JSON.
//!
//! The report is the whole state of a campaign. It can be read back without loss, so a stopped search continues from
//! it and the reports of several machines add up to one.
//!
//! The names of the JSON fields are a contract with scripts: add some, but never rename or remove one. Where the
//! vocabulary of the code has changed since, `rename` keeps the old name in the JSON.

use std::{collections::BTreeMap, time::Duration};

use likewise_world::{
    plan::FaultKind,
    record::{Outcome, PropertyVerdict, SagaCounts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    campaign_meta::CampaignMeta,
    cause::{Cause, CauseSummary},
    coverage_gate::CoverageGate,
    durations::Durations,
    fault_matrix::{FaultMatrix, FaultTally, MatrixRow},
    fault_windows::{FaultWindows, WindowSummary},
    finding::Finding,
    run_index::RunIndex,
    summary::Summary,
};
use crate::units::{micros, seconds};

/// The version of the report. Version 2 added what merging needs: the matrix and the convergence times. Version 3
/// added the runs that are shown, the fault windows, the run index and the provenance. Version 4 added the causes, and why
/// each finding failed.
///
/// A reader refuses a newer version. Fields that a version added have a serde default, so that older reports can
/// still be read.
pub const REPORT_VERSION: u32 = 4;

/// The `type` of every report.
///
/// It tells the last line of NDJSON output from the lines of runs, and a report from other JSON files before the
/// whole file is parsed.
pub const REPORT_KIND: &str = "summary";

/// The report of a campaign.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SummaryLine")]
pub struct CampaignReport {
    #[serde(rename = "type")]
    kind: String,
    version: u32,
    runs: u64,
    seeds: u64,
    violations: u64,
    violated_runs: u64,
    #[serde(rename = "unstruck_runs")]
    runs_without_fired_faults: u64,
    findings: Vec<Finding>,
    /// The findings by cause. Those that explain most come first.
    #[serde(default)]
    causes: Vec<CauseSummary>,
    properties: Vec<PropertyVerdict>,
    sagas: SagaCounts,
    operations: BTreeMap<Outcome, u64>,
    /// The runs in which each kind of batch or queue was full.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    filled: BTreeMap<String, u64>,
    #[serde(rename = "faults")]
    faults_fired: BTreeMap<FaultKind, u64>,
    faults_planned: BTreeMap<FaultKind, u64>,
    fault_plans: BTreeMap<FaultKind, u64>,
    matrix: Vec<MatrixRow>,
    #[serde(rename = "floor")]
    coverage_gate: CoverageGate,
    simulated_seconds: f64,
    wall_seconds: f64,
    run_wall_seconds: f64,
    converged_p50_seconds: Option<f64>,
    converged_p90_seconds: Option<f64>,
    converged_p99_seconds: Option<f64>,
    converged_max_seconds: Option<f64>,
    /// Each convergence time in microseconds, with the number of runs that took it.
    converged_micros: Durations,
    /// What clients met, by the kind of fault in force.
    #[serde(default)]
    windows: Vec<WindowSummary>,
    /// The verdict of each property in each run.
    #[serde(default, rename = "ledger")]
    run_index: RunIndex,
    /// How the campaign went.
    #[serde(flatten)]
    pub meta: CampaignMeta,
}

impl CampaignReport {
    /// The report of these runs, which took so much wall time together.
    ///
    /// Quantiles are stored beside the distribution that they come from, so that a script need not compute them. Only
    /// the distribution is read back.
    #[must_use]
    pub fn of(summary: &Summary, wall: Duration, meta: CampaignMeta) -> Self {
        let convergence = summary.convergence();
        let of_faults = |number: fn(&FaultTally) -> u64| {
            let tallies = summary.faults.iter();
            tallies
                .map(|(kind, tally)| (*kind, number(tally)))
                .collect()
        };
        Self {
            kind: REPORT_KIND.to_owned(),
            version: REPORT_VERSION,
            runs: summary.runs,
            seeds: summary.seeds,
            violations: summary.violations,
            violated_runs: summary.violated_runs,
            runs_without_fired_faults: summary.runs_without_fired_faults,
            findings: summary.findings.clone(),
            causes: summary.causes().iter().map(Cause::summary).collect(),
            properties: summary.properties.clone(),
            sagas: summary.sagas,
            operations: summary.operations.clone(),
            filled: summary.filled.clone(),
            faults_fired: of_faults(|tally| tally.fired),
            faults_planned: of_faults(|tally| tally.planned),
            fault_plans: of_faults(|tally| tally.plans),
            matrix: summary.matrix.rows(),
            coverage_gate: CoverageGate::of(summary),
            simulated_seconds: seconds(summary.simulated_micros),
            wall_seconds: wall.as_secs_f64(),
            run_wall_seconds: seconds(summary.run_wall_micros),
            converged_p50_seconds: convergence.map(|c| seconds(c.p50_micros)),
            converged_p90_seconds: convergence.map(|c| seconds(c.p90_micros)),
            converged_p99_seconds: convergence.map(|c| seconds(c.p99_micros)),
            converged_max_seconds: convergence.map(|c| seconds(c.max_micros)),
            converged_micros: summary.converged.clone(),
            windows: summary.windows.summaries(),
            run_index: summary.run_index.clone(),
            meta,
        }
    }

    /// The findings, in the order of the campaign.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The wall time of the whole campaign.
    #[must_use]
    pub fn wall(&self) -> Duration {
        Duration::try_from_secs_f64(self.wall_seconds).unwrap_or_default()
    }

    /// The summary that the report was made from.
    ///
    /// Nothing that merging or resuming needs is lost on the way through the file. Wall times come back rounded to
    /// what a `f64` of seconds holds.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            runs: self.runs,
            seeds: self.seeds,
            violated_runs: self.violated_runs,
            violations: self.violations,
            findings: self.findings.clone(),
            properties: self.properties.clone(),
            sagas: self.sagas,
            operations: self.operations.clone(),
            filled: self.filled.clone(),
            faults: self.tallies(),
            matrix: FaultMatrix::of_rows(self.matrix.clone()),
            runs_without_fired_faults: self.runs_without_fired_faults,
            simulated_micros: micros(self.simulated_seconds),
            run_wall_micros: micros(self.run_wall_seconds),
            converged: self.converged_micros.clone(),
            windows: FaultWindows::of_summaries(&self.windows),
            run_index: self.run_index.clone(),
        }
    }

    // Every planned kind has an entry, also one that never fired, so the keys of `faults_planned` are all keys.
    fn tallies(&self) -> BTreeMap<FaultKind, FaultTally> {
        let of = |numbers: &BTreeMap<FaultKind, u64>, kind: &FaultKind| {
            numbers.get(kind).copied().unwrap_or(0)
        };
        let tally = |(kind, planned): (&FaultKind, &u64)| {
            let tally = FaultTally {
                plans: of(&self.fault_plans, kind),
                planned: *planned,
                fired: of(&self.faults_fired, kind),
            };
            (*kind, tally)
        };
        self.faults_planned.iter().map(tally).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{analysis::campaign_meta::Ratio, samples::records};

    fn report() -> CampaignReport {
        let mut summary = Summary::over(["never-checked"]);
        summary.add(&records::green(), Duration::from_millis(3));
        summary.add(&records::red(), Duration::from_millis(4));
        let meta = CampaignMeta {
            injection_points: Some(Ratio { met: 7, of: 8 }),
            inconclusive: vec!["1 of 8 injection points is not covered".to_owned()],
            exit: 1,
            ..CampaignMeta::default()
        };
        CampaignReport::of(&summary, Duration::from_millis(5), meta)
    }

    #[test]
    fn the_report_of_a_green_and_a_red_run() {
        insta::assert_json_snapshot!(report());
    }

    /// Resuming and merging both rest on this.
    #[test]
    fn a_report_that_is_read_back_is_the_same_report() {
        let text = serde_json::to_string(&report()).unwrap();
        let read: CampaignReport = serde_json::from_str(&text).unwrap();
        let rebuilt = CampaignReport::of(&read.summary(), Duration::from_millis(5), read.meta);
        assert_eq!(serde_json::to_string(&rebuilt).unwrap(), text);
    }
}
