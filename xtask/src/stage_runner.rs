//! Runs stages one after another and prints how long each took.
//!
//! The first failure ends the run. Later stages would mostly report the same fault, and the last lines on the screen should be
//! those of the failure.

use std::env;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use likewise_testkit::{Installation, TemporaryPostgres};

use crate::stage::Stage;

/// The variable in which the tests look for the URL of a PostgreSQL server. If a developer has set it, no server is started.
const POSTGRES_VARIABLE: &str = "LIKEWISE_TEST_POSTGRES";

/// How a stage ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StageOutcome {
    Passed,
    LeftOut,
    Failed,
}

/// Runs the stages of the command `xtask`, such as `test`.
///
/// # Errors
/// A stage failed; the message contains the command that runs it alone. Or PostgreSQL is missing and could not be installed.
pub(crate) fn run(command: &str, stages: &[&Stage], packages: &[String]) -> Result<()> {
    // Before the first stage, so that a missing server is reported before minutes of compiling.
    let installation = installation_for(stages)?;
    let mut timings = Vec::new();
    for stage in stages {
        println!("\n==> {}: {}", stage.name, stage.checks);
        let started = Instant::now();
        let result = run_stage(stage, packages, installation.as_ref());
        let outcome = *result.as_ref().unwrap_or(&StageOutcome::Failed);
        timings.push((stage.name, started.elapsed(), outcome));
        if let Err(error) = result {
            print!("{}", summary(&timings));
            return Err(error.context(advice(command, stage)));
        }
    }
    print!("{}", summary(&timings));
    Ok(())
}

fn installation_for(stages: &[&Stage]) -> Result<Option<Installation>> {
    let is_needed =
        stages.iter().any(|stage| stage.needs_postgres) && env::var_os(POSTGRES_VARIABLE).is_none();
    is_needed.then(Installation::find_or_install).transpose()
}

fn run_stage(
    stage: &Stage,
    packages: &[String],
    installation: Option<&Installation>,
) -> Result<StageOutcome> {
    if stage.lacks_program() {
        let program = stage.needs_program.unwrap_or_default();
        println!("    left out: {program} is not installed");
        return Ok(StageOutcome::LeftOut);
    }
    // Dropping the server stops it, so it is kept until the last command has ended.
    let server = match installation.filter(|_| stage.needs_postgres) {
        Some(installation) => Some(TemporaryPostgres::start(installation)?),
        None => None,
    };
    let url = server.as_ref().map(|server| server.url("postgres"));
    if let Some(url) = &url {
        println!("    URL={url}");
    }
    let lines = stage.command_lines(packages);
    for (line, mut process) in lines.iter().zip(stage.processes(packages)) {
        println!("    {line}");
        process.envs(url.iter().map(|url| (POSTGRES_VARIABLE, url)));
        let status = process
            .status()
            .with_context(|| format!("starting {line}"))?;
        ensure!(status.success(), "the command ended with {status}");
    }
    Ok(StageOutcome::Passed)
}

fn advice(command: &str, stage: &Stage) -> String {
    let repair = stage
        .repair
        .map(|command| format!("\n    this often repairs it: {command}"))
        .unwrap_or_default();
    format!(
        "stage `{0}` failed\n    to run it alone: cargo xtask {command} --only {0}{repair}",
        stage.name
    )
}

fn summary(timings: &[(&str, Duration, StageOutcome)]) -> String {
    let mut text = String::from("\n==> timing\n");
    for (name, elapsed, outcome) in timings {
        let outcome = match outcome {
            StageOutcome::Passed => "ok",
            StageOutcome::LeftOut => "left out",
            StageOutcome::Failed => "FAILED",
        };
        let _ = writeln!(
            text,
            "    {name:<13} {:>7.1} s  {outcome}",
            elapsed.as_secs_f64()
        );
    }
    let total: Duration = timings.iter().map(|(_, elapsed, _)| *elapsed).sum();
    let _ = writeln!(text, "    {:<13} {:>7.1} s", "total", total.as_secs_f64());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::EMPTY;

    #[test]
    fn a_failure_names_the_command_that_runs_its_stage_alone() {
        let stage = Stage {
            name: "fmt",
            repair: Some("cargo fmt --all"),
            ..EMPTY
        };
        let advice = advice("test", &stage);
        assert!(advice.contains("cargo xtask test --only fmt"), "{advice}");
        assert!(advice.contains("cargo fmt --all"), "{advice}");
    }

    #[test]
    fn a_stage_without_its_program_is_left_out_and_says_so() {
        let stage = Stage {
            name: "deny",
            needs_program: Some("likewise-no-such-program"),
            ..EMPTY
        };
        let outcome = run_stage(&stage, &[], None).unwrap();
        assert!(outcome == StageOutcome::LeftOut);
    }

    #[test]
    fn the_summary_tells_passed_from_failed() {
        let timings = [
            ("fmt", Duration::from_millis(400), StageOutcome::Passed),
            ("deny", Duration::ZERO, StageOutcome::LeftOut),
            ("clippy", Duration::from_secs(12), StageOutcome::Failed),
        ];
        assert_eq!(
            summary(&timings),
            "\n==> timing\n    fmt               0.4 s  ok\n    deny              0.0 s  left out\n    \
             clippy           12.0 s  FAILED\n    total            12.4 s\n"
        );
    }
}
