//! What many runs come to: standings, findings, tallies.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use likewise_sim::{
    fingerprint::{Failure, fingerprint},
    plan::{FaultKind, Plan, generate},
    record::{Outcome, PropertyStatus, PropertyVerdict, RunRecord, SagaCounts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    convergence::{Convergence, Times},
    ledger::Ledger,
    matrix::Matrix,
    minimal::Minimal,
    story::explain,
    windows::Windows,
};

/// What many runs come to. The same runs give the same summary, but for the wall time.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How many runs there are.
    pub runs: u64,
    /// Of those, generated from a seed.
    pub seeds: u64,
    /// Runs that violated a property.
    pub violated_runs: u64,
    /// Violations, over all runs.
    pub violations: u64,
    /// The violating runs, grouped by what is presumably one cause; in the order of their first runs.
    pub findings: Vec<Finding>,
    /// The properties, in the catalogue's order, merged over the runs.
    pub properties: Vec<PropertyVerdict>,
    /// How the sagas ended.
    pub sagas: SagaCounts,
    /// Operations of the users by outcome.
    pub operations: BTreeMap<Outcome, u64>,
    /// Faults by kind; kinds that no plan had are missing.
    pub faults: BTreeMap<FaultKind, FaultTally>,
    /// Faults by kind, kind of place, and outcome.
    pub matrix: Matrix,
    /// Runs that had faults in their plan, none of which struck.
    pub unstruck_runs: u64,
    /// Simulated time, over all runs, in microseconds.
    pub simulated_micros: u64,
    /// Wall time of the runs, one after the other, in microseconds: more than what passed if several ran at a time.
    pub run_wall_micros: u64,
    /// From the healing until everything was right, of each run that got there.
    pub converged: Times,
    /// What users met, by the kind of fault in force.
    pub windows: Windows,
    /// How each property fared in each run.
    pub ledger: Ledger,
}

/// Violating runs with one [`fingerprint`](likewise_sim::fingerprint::fingerprint).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What they have in common.
    pub fingerprint: String,
    /// In which way the first of them failed: findings may fail in the same way after other faults.
    #[serde(default)]
    pub failure: String,
    /// The property that the first of them violated first.
    pub property: String,
    /// What was seen there.
    pub detail: String,
    /// How many runs there are.
    pub runs: u64,
    /// The first run in three sentences: what was done, what struck, what is wrong.
    pub explanation: [String; 3],
    /// The command that runs the first again, once somebody has said so.
    pub replay: Option<String>,
    /// What is left of the first run's plan, if it was shrunk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimal: Option<Minimal>,
    /// The first run's name.
    pub name: String,
    /// The first run's seed, if it had one.
    pub seed: Option<u64>,
}

/// Faults of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultTally {
    /// Plans that have one.
    pub plans: u64,
    /// In the plans.
    pub planned: u64,
    /// Of those, struck.
    pub struck: u64,
}

impl Summary {
    /// Of no runs yet, over these properties: one that no run mentions is never exercised.
    #[must_use]
    pub fn over<'a>(properties: impl IntoIterator<Item = &'a str>) -> Self {
        let unknown = |name: &str| PropertyVerdict {
            name: name.to_owned(),
            status: PropertyStatus::NeverExercised,
            exercised: 0,
        };
        Self {
            properties: properties.into_iter().map(unknown).collect(),
            ..Self::default()
        }
    }

    /// Counts a run in. Returns the finding, if the run is the first of one.
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
        let names = self.properties.iter().map(|it| it.name.as_str());
        self.ledger.add(record, names);
        self.add_violations(record)
    }

    /// Counts the runs of another summary in.
    pub fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.seeds += other.seeds;
        self.violated_runs += other.violated_runs;
        self.violations += other.violations;
        self.unstruck_runs += other.unstruck_runs;
        self.simulated_micros += other.simulated_micros;
        self.run_wall_micros += other.run_wall_micros;
        self.add_properties(&other.properties);
        self.add_sagas(&other.sagas);
        self.matrix.merge(&other.matrix);
        self.windows.merge(&other.windows);
        self.ledger.merge(&other.ledger);
        self.converged.merge(&other.converged);
        for (outcome, count) in &other.operations {
            *self.operations.entry(*outcome).or_default() += count;
        }
        for (kind, tally) in &other.faults {
            let known = self.faults.entry(*kind).or_default();
            known.plans += tally.plans;
            known.planned += tally.planned;
            known.struck += tally.struck;
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

    fn add_properties(&mut self, verdicts: &[PropertyVerdict]) {
        for verdict in verdicts {
            let known = self.properties.iter_mut().find(|p| p.name == verdict.name);
            match known {
                None => self.properties.push(verdict.clone()),
                Some(known) => {
                    known.status = merged(known.status, verdict.status);
                    known.exercised += verdict.exercised;
                }
            }
        }
    }

    fn add_violations(&mut self, record: &RunRecord) -> Option<&mut Finding> {
        let first = record.violations.first()?;
        let fingerprint = fingerprint(record)?;
        self.violated_runs += 1;
        self.violations += record.violations.len() as u64;
        let mut known = self.findings.iter_mut();
        if let Some(known) = known.find(|known| known.fingerprint == fingerprint) {
            known.runs += 1;
            return None;
        }
        self.findings.push(Finding {
            fingerprint,
            failure: Failure::of(record).map_or_else(String::new, |f| f.to_string()),
            property: first.property.clone(),
            detail: first.detail.clone(),
            runs: 1,
            explanation: explain(record),
            replay: None,
            minimal: None,
            name: record.plan.name.clone(),
            seed: record.plan.seed,
        });
        self.findings.last_mut()
    }

    fn add_faults(&mut self, record: &RunRecord) {
        for (place, planned) in record.plan.faults.iter().enumerate() {
            let tally = self.faults.entry(planned.fault.kind()).or_default();
            tally.planned += 1;
            tally.struck += u64::from(record.injected.get(place).copied().unwrap_or(false));
        }
        let kinds = record
            .plan
            .faults
            .iter()
            .map(|planned| planned.fault.kind());
        for kind in kinds.collect::<BTreeSet<_>>() {
            self.faults.entry(kind).or_default().plans += 1;
        }
        let none_struck = !record.injected.contains(&true);
        self.unstruck_runs += u64::from(none_struck && !record.plan.faults.is_empty());
    }

    fn add_sagas(&mut self, sagas: &SagaCounts) {
        self.sagas.completed += sagas.completed;
        self.sagas.compensated += sagas.compensated;
        self.sagas.recovered += sagas.recovered;
        self.sagas.parked += sagas.parked;
        self.sagas.open += sagas.open;
    }

    /// How long the system took to become right after the healing; nothing if it never did.
    #[must_use]
    pub fn convergence(&self) -> Option<Convergence> {
        self.converged.convergence()
    }
}

/// Violated beats held, held beats never exercised.
fn merged(one: PropertyStatus, other: PropertyStatus) -> PropertyStatus {
    let weight = |standing| match standing {
        PropertyStatus::NeverExercised => 0,
        PropertyStatus::Passed => 1,
        PropertyStatus::Violated => 2,
    };
    std::cmp::max_by_key(one, other, |standing| weight(*standing))
}

/// What `cargo chaos replay` takes for this plan, if a seed is enough; else the plan must be in a file.
///
/// A plan that was edited keeps its seed, but the seed no longer gives it.
#[must_use]
pub fn replay_argument(plan: &Plan) -> Option<String> {
    let seed = plan.seed.filter(|seed| generate(*seed) == *plan)?;
    Some(seed.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_green_and_a_red_run_are_one_red_summary() {
        let mut summary = Summary::over(["nobody-checks-this"]);
        summary.add(&samples::green(), Duration::from_millis(3));
        summary.add(&samples::red(), Duration::from_millis(4));
        summary.add(&samples::red(), Duration::from_millis(5));
        assert_eq!((summary.runs, summary.violated_runs), (3, 2));
        assert_eq!(summary.findings.len(), 1, "one cause is one finding");
        assert_eq!(summary.findings[0].runs, 2);
    }

    #[test]
    fn held_is_not_undone_by_a_run_that_says_nothing() {
        use PropertyStatus::{NeverExercised, Passed, Violated};
        assert_eq!(merged(NeverExercised, Passed), Passed);
        assert_eq!(merged(Passed, NeverExercised), Passed);
        assert_eq!(merged(Violated, Passed), Violated);
        assert_eq!(merged(NeverExercised, NeverExercised), NeverExercised);
    }

    #[test]
    fn a_run_whose_faults_did_not_strike_is_counted() {
        let mut record = samples::red();
        record.injected = vec![false; record.injected.len()];
        let mut summary = Summary::default();
        summary.add(&record, Duration::ZERO);
        assert_eq!(summary.unstruck_runs, 1);
        let crash = summary.faults[&FaultKind::Crash];
        assert_eq!((crash.plans, crash.planned, crash.struck), (1, 1, 0));
    }

    #[test]
    fn an_edited_plan_is_not_its_seeds() {
        let mut plan = generate(7);
        assert_eq!(replay_argument(&plan).unwrap(), "7");
        plan.faults.clear();
        assert_eq!(replay_argument(&plan), None);
    }

    #[test]
    fn convergence_is_of_the_runs_that_got_there() {
        let mut summary = Summary::default();
        assert_eq!(summary.convergence(), None);
        for micros in [Some(30), None, Some(10), Some(20)] {
            let mut record = samples::green();
            record.converged_after_micros = micros;
            summary.add(&record, Duration::ZERO);
        }
        let convergence = summary.convergence().unwrap();
        assert_eq!((convergence.p50_micros, convergence.max_micros), (20, 30));
    }
}
