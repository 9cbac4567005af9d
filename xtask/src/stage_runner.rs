//! Runs stages in order and prints how long each took. At most one stage runs in the background while the next ones run.
//!
//! The first failure ends the run. Later stages would mostly report the same fault, and the last lines on the screen should be
//! those of the failure. A stage in the background is awaited even then: it tells more about the fault, and nothing runs on
//! after the command.
//!
//! Where to read next: `background_stage.rs` runs a stage in the background.

use std::env;
use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, ensure};
use likewise_testkit::{Installation, TemporaryPostgres};

use crate::background_stage::{self, BackgroundStage, StageEnd};
use crate::stage::Stage;
use crate::stage_summary::{StageOutcome, Timing, summary};

/// The variable in which the tests look for the URL of a PostgreSQL server. If a developer has set it, no server is started.
const POSTGRES_VARIABLE: &str = "LIKEWISE_TEST_POSTGRES";

/// Runs the stages of the command `xtask`, such as `test`.
///
/// # Errors
/// A stage failed; the message contains the command that runs it alone. Or PostgreSQL is missing and could not be installed.
pub(crate) fn run(command: &str, stages: &[&Stage], packages: &[String]) -> Result<()> {
    // Before the first stage, so that a missing server is reported before minutes of compiling.
    let installation = installation_for(stages)?;
    background_stage::program()?;
    let started = Instant::now();
    let mut run = StageRun {
        command,
        timings: Vec::new(),
        background: None,
        failures: Vec::new(),
    };
    for (index, stage) in stages.iter().enumerate() {
        // Nothing would run at the same time as the last stage. A stage that is left out says so at once.
        let is_last = index + 1 == stages.len();
        if stage.in_background && !is_last && !stage.lacks_program() {
            run.start_in_background(stage);
        } else {
            run.in_foreground(stage, || run_stage(stage, packages, installation.as_ref()));
        }
        if !run.failures.is_empty() {
            break;
        }
    }
    run.await_background();
    print!("{}", summary(&run.timings, started.elapsed()));
    run.failures.into_iter().next().map_or(Ok(()), Err)
}

/// What has happened so far.
struct StageRun<'s> {
    command: &'s str,
    timings: Vec<Timing>,
    background: Option<BackgroundStage<'s>>,
    /// In the order in which they were noticed. The first one ends the run.
    failures: Vec<Error>,
}

impl<'s> StageRun<'s> {
    fn in_foreground(&mut self, stage: &Stage, run: impl FnOnce() -> Result<StageOutcome>) {
        println!("\n==> {}: {}", stage.name, stage.checks);
        let started = Instant::now();
        let result = run();
        self.note(stage, started.elapsed(), result);
        if self
            .background
            .as_ref()
            .is_some_and(BackgroundStage::has_ended)
        {
            self.await_background();
        }
    }

    fn start_in_background(&mut self, stage: &'s Stage) {
        self.await_background();
        if !self.failures.is_empty() {
            return;
        }
        println!("\n==> {}: starts in the background", stage.name);
        match BackgroundStage::start(self.command, stage) {
            Ok(started) => self.background = Some(started),
            Err(error) => self.note(stage, Duration::ZERO, Err(error)),
        }
    }

    /// Waits for the stage in the background, and prints its output unless it has nothing to do with a failure.
    fn await_background(&mut self) {
        let Some(background) = self.background.take() else {
            return;
        };
        let stage = background.stage;
        if !background.has_ended() {
            println!("\n==> {}: waiting for its end", stage.name);
        }
        let ended = match background.wait() {
            Ok(ended) => ended,
            Err(error) => return self.note(stage, Duration::ZERO, Err(error)),
        };
        let is_shown = !ended.has_passed || self.failures.is_empty();
        println!("\n==> {}: {}", stage.name, output_of(&ended, is_shown));
        let result = match ended.has_passed {
            true => Ok(StageOutcome::Passed),
            false => Err(anyhow!("its output is in {}", ended.output.display())),
        };
        self.note(stage, ended.elapsed, result);
    }

    fn note(&mut self, stage: &Stage, elapsed: Duration, result: Result<StageOutcome>) {
        let outcome = *result.as_ref().unwrap_or(&StageOutcome::Failed);
        self.timings.push((stage.name, elapsed, outcome));
        if let Err(error) = result {
            self.failures
                .push(error.context(advice(self.command, stage)));
        }
    }
}

/// The whole output if it is shown, and its file otherwise.
fn output_of(ended: &StageEnd, is_shown: bool) -> String {
    match fs::read_to_string(&ended.output) {
        Ok(text) if is_shown => format!("its output\n{text}"),
        _ => format!("its output is in {}", ended.output.display()),
    }
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

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::thread;

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

    const SERVICES: Stage = Stage {
        name: "test-of-services",
        ..EMPTY
    };

    /// A run whose background stage executes this script.
    fn run_in_background(script: &str) -> StageRun<'static> {
        let mut process = Command::new("sh");
        process.args(["-c", script]);
        StageRun {
            command: "test",
            timings: Vec::new(),
            background: Some(BackgroundStage::start_process(&SERVICES, process).unwrap()),
            failures: Vec::new(),
        }
    }

    fn outcomes(run: &StageRun<'_>) -> Vec<(&'static str, bool)> {
        let timings = run.timings.iter();
        let passed = timings.map(|(name, _, outcome)| (*name, *outcome == StageOutcome::Passed));
        passed.collect()
    }

    #[test]
    fn a_failure_in_the_background_fails_the_command_although_the_foreground_passes() {
        let mut run = run_in_background("sleep 0.2; exit 1");
        run.in_foreground(&EMPTY, || Ok(StageOutcome::Passed));
        run.await_background();
        assert_eq!(outcomes(&run), [("", true), ("test-of-services", false)]);
        let error = format!("{:#}", run.failures[0]);
        assert!(
            error.contains("cargo xtask test --only test-of-services"),
            "{error}"
        );
    }

    #[test]
    fn a_background_stage_is_awaited_and_timed_after_a_failure_in_the_foreground() {
        let mut run = run_in_background("sleep 0.2");
        run.in_foreground(&EMPTY, || anyhow::bail!("a test failed"));
        run.await_background();
        assert_eq!(outcomes(&run), [("", false), ("test-of-services", true)]);
        assert!(run.timings[1].1 >= Duration::from_millis(200));
        assert_eq!(run.failures.len(), 1);
    }

    /// A failure in the background must not be noticed only at the end.
    #[test]
    fn a_background_stage_that_has_ended_is_noted_after_the_current_stage() {
        let mut run = run_in_background("exit 1");
        run.in_foreground(&EMPTY, || {
            thread::sleep(Duration::from_millis(500));
            Ok(StageOutcome::Passed)
        });
        assert_eq!(run.failures.len(), 1);
    }
}
