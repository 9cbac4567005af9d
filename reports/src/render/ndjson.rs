//! Output for programs (NDJSON): one JSON object per line, one line per run, and the campaign's report as the last line.
//!
//! The names of the fields are a contract with scripts: add some, but never rename or remove one.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::Duration,
};

use likewise_search::fingerprint::fingerprint;
use likewise_world::{
    plan::FaultKind,
    record::{Outcome, RunRecord, SagaCounts},
};
use serde::Serialize;

use crate::units::seconds;

/// The line of one run.
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
    #[serde(rename = "faults")]
    faults_fired: BTreeMap<FaultKind, u64>,
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

impl<'a> RunLine<'a> {
    /// The line of a run that took so much wall time and is replayed by this command.
    ///
    /// The line borrows from the record: a campaign writes thousands of lines, and none of them outlives its run.
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
            faults_fired: record.faults(),
            faults_planned: record.plan.faults.len(),
            simulated_seconds: seconds(record.simulated_micros),
            wall_seconds: wall.as_secs_f64(),
            converged_seconds: record.converged_after_micros.map(seconds),
            replay,
        }
    }
}

/// Writes one object and a newline.
///
/// The line is not flushed: the caller decides when a reader must see it.
///
/// # Errors
/// The writer's; `BrokenPipe` if the reader has closed its end.
pub fn write(to: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, object)?;
    to.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::records;

    #[test]
    fn a_green_run() {
        insta::assert_json_snapshot!(RunLine::of(
            &records::green(),
            Duration::from_millis(3),
            None
        ));
    }

    #[test]
    fn a_run_that_violates_a_property() {
        insta::assert_json_snapshot!(RunLine::of(
            &records::red(),
            Duration::from_millis(3),
            Some("cargo chaos replay plan.json")
        ));
    }

    /// A line break inside of an object would break every reader.
    #[test]
    fn an_object_is_one_line() {
        let mut out = Vec::new();
        write(
            &mut out,
            &RunLine::of(&records::red(), Duration::ZERO, None),
        )
        .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches('\n').count(), 1);
        assert!(text.starts_with(r#"{"type":"run","seed":null,"#), "{text}");
    }
}
