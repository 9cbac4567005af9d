//! Reports for programs: one JSON object a line, one line a run, and a last one that sums up.
//!
//! The names of the fields are a contract with scripts outside: add some, never rename or remove one.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};

use likewise_sim::{
    plan::FaultKind,
    record::{Outcome, PropertyVerdict, RunRecord, SagaCounts},
};
use serde::Serialize;

use crate::{
    cause::fingerprint,
    summary::{Finding, Summary},
};

/// The version of these objects.
pub const FORMAT_VERSION: u32 = 1;

/// One run.
#[derive(Debug, Serialize)]
pub struct RunLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    seed: Option<u64>,
    name: &'a str,
    system: &'a str,
    verdict: &'static str,
    hash: &'a str,
    violations: Vec<ViolationLine<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    sagas: SagaCounts,
    operations: &'a BTreeMap<Outcome, u64>,
    faults: BTreeMap<FaultKind, u64>,
    faults_planned: usize,
    simulated_seconds: f64,
    wall_seconds: f64,
    converged_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct ViolationLine<'a> {
    property: &'a str,
    detail: &'a str,
    at_millis: u64,
}

/// All runs.
#[derive(Debug, Serialize)]
pub struct SummaryLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    version: u32,
    runs: u64,
    seeds: u64,
    violations: u64,
    violated_runs: u64,
    findings: &'a [Finding],
    properties: &'a [PropertyVerdict],
    sagas: SagaCounts,
    operations: &'a BTreeMap<Outcome, u64>,
    faults: BTreeMap<FaultKind, u64>,
    faults_planned: BTreeMap<FaultKind, u64>,
    simulated_seconds: f64,
    wall_seconds: f64,
    run_wall_seconds: f64,
    converged_p50_seconds: Option<f64>,
    converged_max_seconds: Option<f64>,
    #[serde(flatten)]
    course: Course,
}

/// How the campaign went, apart from what its runs showed. What it did not do is missing.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Course {
    /// Cut points that every fault planned for them struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cuts: Option<Met>,
    /// Specimens that were caught.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specimens: Option<Met>,
    /// Plans that ran the same whatever ran before or beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deterministic: Option<Met>,
    /// Runs without a record: the harness broke.
    pub broken_runs: u64,
    /// Why the campaign says nothing for certain; empty if it does.
    pub inconclusive: Vec<String>,
    /// The exit code.
    pub exit: u8,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
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

impl<'a> RunLine<'a> {
    /// Of this run, which took so much wall time, and which this command runs again.
    #[must_use]
    pub fn of(record: &'a RunRecord, wall: Duration, replay: Option<&'a str>) -> Self {
        let violations = record.violations.iter().map(|violation| ViolationLine {
            property: &violation.property,
            detail: &violation.detail,
            at_millis: violation.at_micros / 1_000,
        });
        Self {
            kind: "run",
            seed: record.plan.seed,
            name: &record.plan.name,
            system: &record.plan.system,
            verdict: if record.is_green() {
                "green"
            } else {
                "violated"
            },
            hash: &record.hash,
            violations: violations.collect(),
            fingerprint: fingerprint(record),
            sagas: record.sagas,
            operations: &record.operations,
            faults: record.faults(),
            faults_planned: record.plan.faults.len(),
            simulated_seconds: seconds(record.simulated_micros),
            wall_seconds: wall.as_secs_f64(),
            converged_seconds: record.converged_after_micros.map(seconds),
            replay,
        }
    }
}

impl<'a> SummaryLine<'a> {
    /// Of these runs, which together took so much wall time.
    #[must_use]
    pub fn of(summary: &'a Summary, wall: Duration, course: Course) -> Self {
        let convergence = summary.convergence();
        let tallies = summary.faults.iter();
        Self {
            kind: "summary",
            version: FORMAT_VERSION,
            runs: summary.runs,
            seeds: summary.seeds,
            violations: summary.violations,
            violated_runs: summary.violated_runs,
            findings: &summary.findings,
            properties: &summary.properties,
            sagas: summary.sagas,
            operations: &summary.operations,
            faults: tallies.clone().map(|(kind, t)| (*kind, t.struck)).collect(),
            faults_planned: tallies.map(|(kind, t)| (*kind, t.planned)).collect(),
            simulated_seconds: seconds(summary.simulated_micros),
            wall_seconds: wall.as_secs_f64(),
            run_wall_seconds: seconds(summary.run_wall_micros),
            converged_p50_seconds: convergence.map(|c| seconds(c.p50_micros)),
            converged_max_seconds: convergence.map(|c| seconds(c.max_micros)),
            course,
        }
    }
}

/// Writes one object and ends its line.
///
/// # Errors
/// The writer's; `BrokenPipe` if the reader has gone.
pub fn write(to: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, object)?;
    to.write_all(b"\n")
}

/// Microseconds as seconds: exact up to 285 years.
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn a_green_run() {
        insta::assert_json_snapshot!(RunLine::of(
            &samples::green(),
            Duration::from_millis(3),
            None
        ));
    }

    #[test]
    fn a_run_that_violates_a_property() {
        insta::assert_json_snapshot!(RunLine::of(
            &samples::red(),
            Duration::from_millis(3),
            Some("cargo chaos replay plan.json")
        ));
    }

    #[test]
    fn a_summary() {
        let mut summary = Summary::over(["nobody-checks-this"]);
        summary.add(&samples::green(), Duration::from_millis(3));
        summary.add(&samples::red(), Duration::from_millis(4));
        let course = Course {
            cuts: Some(Met { met: 7, of: 8 }),
            inconclusive: vec!["1 of 8 cuts is not covered".to_owned()],
            exit: 1,
            ..Course::default()
        };
        let wall = Duration::from_millis(5);
        insta::assert_json_snapshot!(SummaryLine::of(&summary, wall, course));
    }

    #[test]
    fn an_object_is_one_line() {
        let mut out = Vec::new();
        write(
            &mut out,
            &RunLine::of(&samples::red(), Duration::ZERO, None),
        )
        .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.starts_with(r#"{"type":"run","seed":null,"#), "{text}");
    }
}
