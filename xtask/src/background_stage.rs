//! A stage that runs while the next stages run: another process of this program, whose output goes to a file.
//!
//! The process has the terminal's process group, so Ctrl-C ends it and its tests as it ends every other stage.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::repository;
use crate::stage::Stage;

/// The path of this program. The first call must come before a stage compiles: that replaces the file, and the system then
/// names the deleted one.
///
/// # Errors
/// The system does not say it.
pub(crate) fn program() -> Result<&'static PathBuf> {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    if let Some(program) = PROGRAM.get() {
        return Ok(program);
    }
    let program = env::current_exe().context("finding the program of xtask")?;
    Ok(PROGRAM.get_or_init(|| program))
}

/// A stage that has been started and not yet awaited.
pub(crate) struct BackgroundStage<'s> {
    pub(crate) stage: &'s Stage,
    output: PathBuf,
    /// Waits for the process, so that the time of its end is known whenever somebody asks.
    waiter: JoinHandle<io::Result<(ExitStatus, Duration)>>,
}

/// How a background stage ended.
pub(crate) struct StageEnd {
    pub(crate) elapsed: Duration,
    pub(crate) has_passed: bool,
    /// The file with everything that the stage printed.
    pub(crate) output: PathBuf,
}

impl<'s> BackgroundStage<'s> {
    /// Starts `cargo xtask COMMAND --only STAGE`.
    ///
    /// # Errors
    /// The file for the output could not be created, or the process could not be started.
    pub(crate) fn start(command: &str, stage: &'s Stage) -> Result<Self> {
        let mut process = Command::new(program()?);
        process.args([command, "--only", stage.name]);
        Self::start_process(stage, process)
    }

    /// Starts this process in place of the stage's own.
    ///
    /// # Errors
    /// Those of `start`.
    pub(crate) fn start_process(stage: &'s Stage, mut process: Command) -> Result<Self> {
        let folder = repository::target().join("xtask");
        let output = folder.join(format!("{}.log", stage.name));
        fs::create_dir_all(&folder)?;
        let file = File::create(&output)
            .with_context(|| format!("creating the file {}", output.display()))?;
        process.stdin(Stdio::null());
        process.stdout(file.try_clone()?).stderr(file);
        let started = Instant::now();
        let child = process.spawn();
        let child = child.with_context(|| format!("starting the stage {}", stage.name))?;
        let waiter = thread::spawn(move || wait(child, started));
        Ok(Self {
            stage,
            output,
            waiter,
        })
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.waiter.is_finished()
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    /// The operating system could not wait for the process.
    pub(crate) fn wait(self) -> Result<StageEnd> {
        let ended = self.waiter.join().expect("the waiting thread has no panic");
        let (status, elapsed) =
            ended.with_context(|| format!("waiting for the stage {}", self.stage.name))?;
        Ok(StageEnd {
            elapsed,
            has_passed: status.success(),
            output: self.output,
        })
    }
}

fn wait(mut child: Child, started: Instant) -> io::Result<(ExitStatus, Duration)> {
    Ok((child.wait()?, started.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::EMPTY;

    fn run(name: &'static str, script: &str) -> StageEnd {
        let stage = Stage { name, ..EMPTY };
        let mut process = Command::new("sh");
        process.args(["-c", script]);
        let background = BackgroundStage::start_process(&stage, process).unwrap();
        background.wait().unwrap()
    }

    #[test]
    fn both_outputs_of_a_background_stage_are_kept_in_its_file() {
        let ended = run("test-of-output", "echo one; echo two >&2");
        assert!(ended.has_passed);
        assert_eq!(fs::read_to_string(ended.output).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_background_stage_whose_process_fails_has_not_passed() {
        assert!(!run("test-of-failure", "exit 3").has_passed);
    }
}
