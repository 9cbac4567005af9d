//! The report of a campaign: the last line of its output and its `report.json`. It can be read back, so that the
//! reports of several machines become one.
//!
//! The names of the fields are a contract with scripts outside: add some, never rename or remove one.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use likewise_sim::{
    coverage::CoverageCounts,
    exhaustive::{Choice, Combinations, Covered},
    plan::FaultKind,
    record::{Outcome, PropertyVerdict, SagaCounts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    convergence::Times,
    dossier::Reference,
    floor::Floor,
    growth::GrowthPoint,
    ledger::Ledger,
    matrix::{Matrix, Place},
    provenance::Provenance,
    ranges::Ranges,
    specimen::SpecimenResult,
    summary::{FaultTally, Finding, Summary},
    windows::{WindowLine, Windows},
    witnesses::Witnesses,
};

/// The version of the report. Version 2 added what merging needs: the matrix and the times. Version 3 added the runs
/// that are shown, what users met under faults, how each run fared, and where the report comes from.
pub const REPORT_VERSION: u32 = 3;

/// What every report is marked with.
pub(crate) const KIND: &str = "summary";

/// All runs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SummaryLine {
    #[serde(rename = "type")]
    kind: String,
    version: u32,
    runs: u64,
    seeds: u64,
    violations: u64,
    violated_runs: u64,
    unstruck_runs: u64,
    findings: Vec<Finding>,
    properties: Vec<PropertyVerdict>,
    sagas: SagaCounts,
    operations: BTreeMap<Outcome, u64>,
    faults: BTreeMap<FaultKind, u64>,
    faults_planned: BTreeMap<FaultKind, u64>,
    fault_plans: BTreeMap<FaultKind, u64>,
    matrix: Vec<Place>,
    floor: Floor,
    simulated_seconds: f64,
    wall_seconds: f64,
    run_wall_seconds: f64,
    converged_p50_seconds: Option<f64>,
    converged_p90_seconds: Option<f64>,
    converged_p99_seconds: Option<f64>,
    converged_max_seconds: Option<f64>,
    /// Each time in microseconds, and how many runs took it.
    converged_micros: Times,
    /// What users met, by the kind of fault in force.
    #[serde(default)]
    windows: Vec<WindowLine>,
    /// How each property fared in each run.
    #[serde(default)]
    ledger: Ledger,
    /// How the campaign went.
    #[serde(flatten)]
    pub course: Course,
}

/// How the campaign went, apart from what its runs showed. What it did not do is missing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct Course {
    /// The specimen that was run instead of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Cut points that every fault planned for them struck.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cuts: Option<Met>,
    /// Pairs or triples of faults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combined: Option<Combined>,
    /// The seeds that were run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds_run: Option<Ranges>,
    /// What was seen, if somebody asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Novelty>,
    /// The plans that showed something new, if they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corpus: Option<Kept>,
    /// Specimens that were caught.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specimens: Option<Met>,
    /// Plans that ran the same whatever ran before or beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deterministic: Option<Met>,
    /// What became of each specimen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub specimen_results: Vec<SpecimenResult>,
    /// What was seen after how many runs; empty for a report that was merged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<GrowthPoint>,
    /// Runs whose records are beside the report, and why they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Reference>,
    /// By property, which of those show it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub witnesses: BTreeMap<String, Witnesses>,
    /// Where the report comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// Runs without a record: the harness broke.
    pub broken_runs: u64,
    /// Why the campaign says nothing for certain; empty if it does.
    pub inconclusive: Vec<String>,
    /// The exit code.
    pub exit: u8,
}

/// What became of a corpus.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Kept {
    /// Plans it had before.
    pub loaded: u64,
    /// Plans it has got.
    pub kept: u64,
    /// Mutants of its plans that were run.
    pub mutants: u64,
}

/// What a campaign saw, and how long it saw nothing new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Novelty {
    /// How much it saw.
    #[serde(flatten)]
    pub seen: CoverageCounts,
    /// The last runs that showed nothing new.
    pub runs_without_news: u64,
    /// So many in a row are a plateau, where the campaign ends; missing, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plateau_runs: Option<u64>,
}

impl Novelty {
    /// Whether the plateau is reached.
    #[must_use]
    pub fn is_plateau(self) -> bool {
        self.plateau_runs
            .is_some_and(|runs| self.runs_without_news >= runs)
    }
}

/// A search over combinations of faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Combined {
    /// Which combinations.
    #[serde(flatten)]
    pub choice: Choice,
    /// Identifies the sagas and their faults: combinations of others have other numbers.
    pub bases: String,
    /// How many combinations there are in all.
    pub total: u64,
    /// Those that were run, or are the same run as one fault alone, by their numbers.
    pub ran: Ranges,
    /// Of those, every fault struck.
    pub all_struck: u64,
    /// The run of one fault alone, which never comes by where the others would strike: not run again.
    #[serde(default)]
    pub by_proof: u64,
    /// Of those, run all the same, and found to be that run.
    #[serde(default)]
    pub compared: u64,
    /// Some struck, and kept the others from striking, which strike alone.
    pub prevented: u64,
    /// Not covered: no fault struck, or one did not that does not strike alone either.
    pub missed: u64,
    /// Runs without a record.
    pub broken: u64,
}

impl Combined {
    /// A search of which nothing was run yet.
    #[must_use]
    pub fn of(combinations: &Combinations) -> Self {
        Self {
            choice: combinations.choice(),
            bases: combinations.hash().to_owned(),
            total: combinations.count(),
            ran: Ranges::default(),
            all_struck: 0,
            by_proof: 0,
            compared: 0,
            prevented: 0,
            missed: 0,
            broken: 0,
        }
    }

    /// Counts a run in that has this number; nothing, if it has no record.
    pub fn count(&mut self, number: u64, covered: Option<Covered>) {
        self.ran.insert(number..number + 1);
        match covered {
            Some(Covered::AllInjected) => self.all_struck += 1,
            Some(Covered::Prevented) => self.prevented += 1,
            Some(Covered::Missed) => self.missed += 1,
            None => self.broken += 1,
        }
    }

    /// Counts those in that are the run of one fault alone.
    pub fn count_proven(&mut self, numbers: Range<u64>) {
        self.by_proof += numbers.end.saturating_sub(numbers.start);
        self.ran.insert(numbers);
    }

    /// How many are covered.
    #[must_use]
    pub fn covered(&self) -> u64 {
        self.all_struck + self.prevented + self.by_proof
    }
}

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Met {
    /// So many did.
    pub met: u64,
    /// Of so many.
    pub of: u64,
}

impl Met {
    /// Counts one more.
    pub fn count(&mut self, met: bool) {
        self.met += u64::from(met);
        self.of += 1;
    }

    /// Whether none is missing.
    #[must_use]
    pub fn all(self) -> bool {
        self.met == self.of
    }
}

impl SummaryLine {
    /// Of these runs, which together took so much wall time.
    #[must_use]
    pub fn of(summary: &Summary, wall: Duration, course: Course) -> Self {
        let convergence = summary.convergence();
        let of_faults = |number: fn(&FaultTally) -> u64| {
            let tallies = summary.faults.iter();
            tallies
                .map(|(kind, tally)| (*kind, number(tally)))
                .collect()
        };
        Self {
            kind: KIND.to_owned(),
            version: REPORT_VERSION,
            runs: summary.runs,
            seeds: summary.seeds,
            violations: summary.violations,
            violated_runs: summary.violated_runs,
            unstruck_runs: summary.unstruck_runs,
            findings: summary.findings.clone(),
            properties: summary.properties.clone(),
            sagas: summary.sagas,
            operations: summary.operations.clone(),
            faults: of_faults(|tally| tally.struck),
            faults_planned: of_faults(|tally| tally.planned),
            fault_plans: of_faults(|tally| tally.plans),
            matrix: summary.matrix.places(),
            floor: Floor::of(summary),
            simulated_seconds: seconds(summary.simulated_micros),
            wall_seconds: wall.as_secs_f64(),
            run_wall_seconds: seconds(summary.run_wall_micros),
            converged_p50_seconds: convergence.map(|c| seconds(c.p50_micros)),
            converged_p90_seconds: convergence.map(|c| seconds(c.p90_micros)),
            converged_p99_seconds: convergence.map(|c| seconds(c.p99_micros)),
            converged_max_seconds: convergence.map(|c| seconds(c.max_micros)),
            converged_micros: summary.converged.clone(),
            windows: summary.windows.lines(),
            ledger: summary.ledger.clone(),
            course,
        }
    }

    /// The wall time of the whole campaign.
    #[must_use]
    pub fn wall(&self) -> Duration {
        Duration::try_from_secs_f64(self.wall_seconds).unwrap_or_default()
    }

    /// The runs again.
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
            faults: self.tallies(),
            matrix: Matrix::of_places(self.matrix.clone()),
            unstruck_runs: self.unstruck_runs,
            simulated_micros: micros(self.simulated_seconds),
            run_wall_micros: micros(self.run_wall_seconds),
            converged: self.converged_micros.clone(),
            windows: Windows::of_lines(&self.windows),
            ledger: self.ledger.clone(),
        }
    }

    fn tallies(&self) -> BTreeMap<FaultKind, FaultTally> {
        let of = |numbers: &BTreeMap<FaultKind, u64>, kind: &FaultKind| {
            numbers.get(kind).copied().unwrap_or(0)
        };
        let tally = |(kind, planned): (&FaultKind, &u64)| {
            let tally = FaultTally {
                plans: of(&self.fault_plans, kind),
                planned: *planned,
                struck: of(&self.faults, kind),
            };
            (*kind, tally)
        };
        self.faults_planned.iter().map(tally).collect()
    }
}

/// Microseconds as seconds: exact up to 285 years.
pub(crate) fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

fn micros(seconds: f64) -> u64 {
    (seconds * 1e6).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    fn line() -> SummaryLine {
        let mut summary = Summary::over(["nobody-checks-this"]);
        summary.add(&samples::green(), Duration::from_millis(3));
        summary.add(&samples::red(), Duration::from_millis(4));
        let course = Course {
            cuts: Some(Met { met: 7, of: 8 }),
            inconclusive: vec!["1 of 8 cuts is not covered".to_owned()],
            exit: 1,
            ..Course::default()
        };
        SummaryLine::of(&summary, Duration::from_millis(5), course)
    }

    #[test]
    fn a_summary() {
        insta::assert_json_snapshot!(line());
    }

    #[test]
    fn a_report_read_back_is_the_same_report() {
        let text = serde_json::to_string(&line()).unwrap();
        let read: SummaryLine = serde_json::from_str(&text).unwrap();
        let again = SummaryLine::of(&read.summary(), Duration::from_millis(5), read.course);
        assert_eq!(serde_json::to_string(&again).unwrap(), text);
    }
}
