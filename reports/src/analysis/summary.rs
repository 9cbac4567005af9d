//! The summary of many runs: property verdicts, findings and tallies.
//!
//! Runs are added one by one in the order of their plans, so the summary never depends on which thread was faster.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    cause::{Cause, causes},
    durations::{Durations, Quantiles},
    fault_matrix::{FaultMatrix, FaultTally},
    fault_windows::FaultWindows,
    finding::Finding,
    run_index::RunIndex,
};
use likewise_search::fingerprint::fingerprint;
use likewise_world::{
    plan::FaultKind,
    record::{Outcome, PropertyStatus, PropertyVerdict, RunRecord, SagaCounts, Word},
};

/// The summary of many runs. The same runs in the same order give the same summary, except for wall times.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// All runs.
    pub runs: u64,
    /// Runs whose plan was generated from a seed.
    pub seeds: u64,
    /// Runs that violated a property.
    pub violated_runs: u64,
    /// Violations in all runs.
    pub violations: u64,
    /// The violating runs grouped by presumed cause, in the order of their first runs.
    pub findings: Vec<Finding>,
    /// The verdict of each property over all runs, in the catalogue's order.
    pub properties: Vec<PropertyVerdict>,
    /// How the sagas ended.
    pub sagas: SagaCounts,
    /// Operations of the clients by outcome.
    pub operations: BTreeMap<Outcome, u64>,
    /// The runs in which each kind of batch or queue was full.
    pub filled: BTreeMap<String, u64>,
    /// Faults by kind. Kinds that no plan contained are missing.
    pub faults: BTreeMap<FaultKind, FaultTally>,
    /// Faults by kind, kind of injection point and outcome.
    pub matrix: FaultMatrix,
    /// Runs whose plan had faults, none of which fired.
    pub runs_without_fired_faults: u64,
    /// Simulated time of all runs, in microseconds.
    pub simulated_micros: u64,
    /// The sum of the wall times of the runs, in microseconds. It exceeds the wall time of the campaign if runs were
    /// parallel.
    pub run_wall_micros: u64,
    /// Time from healing to convergence, of each run that converged.
    pub converged: Durations,
    /// What clients met, by the kind of fault in force.
    pub windows: FaultWindows,
    /// The verdicts of each run.
    pub run_index: RunIndex,
}

impl Summary {
    /// An empty summary over these properties. A property that no run mentions counts as never exercised.
    #[must_use]
    pub fn over<'a>(properties: impl IntoIterator<Item = &'a str>) -> Self {
        let unknown = |name: &str| PropertyVerdict {
            name: name.to_owned(),
            about: Word::default(),
            kept_by: Word::default(),
            status: PropertyStatus::NeverExercised,
            exercised: 0,
        };
        Self {
            properties: properties.into_iter().map(unknown).collect(),
            ..Self::default()
        }
    }

    /// Adds a run. Returns the finding if the run is the first of one.
    ///
    /// The caller shrinks and stores the run of a new finding. Further runs of a known finding are only counted.
    pub fn add(&mut self, record: &RunRecord, wall: Duration) -> Option<&mut Finding> {
        self.runs += 1;
        self.seeds += u64::from(record.plan.seed.is_some());
        self.simulated_micros += record.simulated_micros;
        self.run_wall_micros += u64::try_from(wall.as_micros()).unwrap_or(u64::MAX);
        if let Some(micros) = record.converged_after_micros {
            self.converged.count(micros, 1);
        }
        self.add_properties(&record.properties);
        self.add_faults(record);
        self.matrix.add(record);
        self.windows.add(record);
        self.add_sagas(&record.sagas);
        for (outcome, count) in &record.operations {
            *self.operations.entry(*outcome).or_default() += count;
        }
        for (what, count) in &record.filled {
            *self.filled.entry(what.clone()).or_default() += u64::from(*count > 0);
        }
        let names = self.properties.iter().map(|it| it.name.as_str());
        self.run_index.add(record, names);
        self.add_violations(record)
    }

    /// Adds the runs of another summary.
    ///
    /// Everything adds up, except findings, which are joined by fingerprint, and verdicts, of which the worst counts.
    pub fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.seeds += other.seeds;
        self.violated_runs += other.violated_runs;
        self.violations += other.violations;
        self.runs_without_fired_faults += other.runs_without_fired_faults;
        self.simulated_micros += other.simulated_micros;
        self.run_wall_micros += other.run_wall_micros;
        self.add_properties(&other.properties);
        self.add_sagas(&other.sagas);
        self.matrix.merge(&other.matrix);
        self.windows.merge(&other.windows);
        self.run_index.merge(&other.run_index);
        self.converged.merge(&other.converged);
        for (outcome, count) in &other.operations {
            *self.operations.entry(*outcome).or_default() += count;
        }
        for (what, runs) in &other.filled {
            *self.filled.entry(what.clone()).or_default() += runs;
        }
        for (kind, tally) in &other.faults {
            let known = self.faults.entry(*kind).or_default();
            known.plans += tally.plans;
            known.planned += tally.planned;
            known.fired += tally.fired;
        }
        for finding in &other.findings {
            self.merge_finding(finding);
        }
    }

    fn merge_finding(&mut self, finding: &Finding) {
        let same = |known: &&mut Finding| known.fingerprint == finding.fingerprint;
        match self.findings.iter_mut().find(same) {
            Some(known) => known.runs += finding.runs,
            None => self.findings.push(finding.clone()),
        }
    }

    /// An unknown property is added at the end. That keeps the order of the catalogue for the known ones.
    fn add_properties(&mut self, verdicts: &[PropertyVerdict]) {
        for verdict in verdicts {
            let known = self.properties.iter_mut().find(|p| p.name == verdict.name);
            match known {
                None => self.properties.push(verdict.clone()),
                Some(known) => {
                    if known.about.is_empty() {
                        known.about.clone_from(&verdict.about);
                    }
                    if known.kept_by.is_empty() {
                        known.kept_by.clone_from(&verdict.kept_by);
                    }
                    known.status = merged(known.status, verdict.status);
                    known.exercised += verdict.exercised;
                }
            }
        }
    }

    fn add_violations(&mut self, record: &RunRecord) -> Option<&mut Finding> {
        // A run of a known finding is only counted: to say why it failed takes as long as to replay it.
        let fingerprint = fingerprint(record)?;
        self.violated_runs += 1;
        self.violations += record.violations.len() as u64;
        let mut known = self.findings.iter_mut();
        if let Some(known) = known.find(|known| known.fingerprint == fingerprint) {
            known.runs += 1;
            return None;
        }
        self.findings.push(Finding::of(record)?);
        self.findings.last_mut()
    }

    fn add_faults(&mut self, record: &RunRecord) {
        for (index, planned) in record.plan.faults.iter().enumerate() {
            let tally = self.faults.entry(planned.fault.kind()).or_default();
            tally.planned += 1;
            tally.fired += u64::from(record.injected.get(index).copied().unwrap_or(false));
        }
        // `plans` counts plans and not faults: two crashes in one plan are one chance for the gate to judge crashes.
        let kinds = record
            .plan
            .faults
            .iter()
            .map(|planned| planned.fault.kind());
        for kind in kinds.collect::<BTreeSet<_>>() {
            self.faults.entry(kind).or_default().plans += 1;
        }
        let none_fired = !record.injected.contains(&true);
        self.runs_without_fired_faults += u64::from(none_fired && !record.plan.faults.is_empty());
    }

    fn add_sagas(&mut self, sagas: &SagaCounts) {
        self.sagas.completed += sagas.completed;
        self.sagas.compensated += sagas.compensated;
        self.sagas.recovered += sagas.recovered;
        self.sagas.parked += sagas.parked;
        self.sagas.open += sagas.open;
    }

    /// The findings by cause. Those that explain most come first.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause<'_>> {
        causes(&self.findings)
    }

    /// How long the system took to converge after the faults healed; `None` if it never converged.
    #[must_use]
    pub fn convergence(&self) -> Option<Quantiles> {
        self.converged.quantiles()
    }
}

/// The verdict over two runs: `Violated` wins over `Held`, and `Held` over `NeverExercised`.
fn merged(one: PropertyStatus, other: PropertyStatus) -> PropertyStatus {
    let weight = |standing| match standing {
        PropertyStatus::NeverExercised => 0,
        PropertyStatus::Passed => 1,
        PropertyStatus::Violated => 2,
    };
    std::cmp::max_by_key(one, other, |standing| weight(*standing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_green_and_a_red_run_are_one_red_summary() {
        let mut summary = Summary::over(["never-checked"]);
        summary.add(&records::green(), Duration::from_millis(3));
        summary.add(&records::red(), Duration::from_millis(4));
        summary.add(&records::red(), Duration::from_millis(5));
        assert_eq!((summary.runs, summary.violated_runs), (3, 2));
        assert_eq!(summary.findings.len(), 1, "one cause is one finding");
        assert_eq!(summary.findings[0].runs, 2);
    }

    /// Most runs exercise only some of the properties.
    #[test]
    fn a_run_that_exercises_nothing_does_not_change_held() {
        use PropertyStatus::{NeverExercised, Passed, Violated};
        assert_eq!(merged(NeverExercised, Passed), Passed);
        assert_eq!(merged(Passed, NeverExercised), Passed);
        assert_eq!(merged(Violated, Passed), Violated);
        assert_eq!(merged(NeverExercised, NeverExercised), NeverExercised);
    }

    #[test]
    fn a_run_whose_faults_did_not_fire_is_counted() {
        let mut record = records::red();
        record.injected = vec![false; record.injected.len()];
        let mut summary = Summary::default();
        summary.add(&record, Duration::ZERO);
        assert_eq!(summary.runs_without_fired_faults, 1);
        let crash = summary.faults[&FaultKind::Crash];
        assert_eq!((crash.plans, crash.planned, crash.fired), (1, 1, 0));
    }

    /// A run that never converged has no time. It shows as a violation of `every-saga-ends`.
    #[test]
    fn convergence_counts_only_the_runs_that_converged() {
        let mut summary = Summary::default();
        assert_eq!(summary.convergence(), None);
        for micros in [Some(30), None, Some(10), Some(20)] {
            let mut record = records::green();
            record.converged_after_micros = micros;
            summary.add(&record, Duration::ZERO);
        }
        let convergence = summary.convergence().unwrap();
        assert_eq!((convergence.p50_micros, convergence.max_micros), (20, 30));
    }
}
