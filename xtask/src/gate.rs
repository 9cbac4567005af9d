//! Runs the stages one after another and says how long each took.
//!
//! The first failure ends the run: later stages would mostly repeat it, and the last lines on the screen should be
//! the ones to read.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::stages::{self, Stage};
use xtask::installation::{self, Installation};
use xtask::postgres::TemporaryPostgres;

/// Where the tests look for a PostgreSQL server. A developer who sets it chooses the server, and none is started.
const POSTGRES_VARIABLE: &str = "LIKEWISE_TEST_POSTGRES";

/// Runs the named stages, or the whole gate if none is named.
///
/// # Errors
/// The first stage that fails, with the command to run it alone; or PostgreSQL is missing and may not be installed.
pub(crate) fn run(only: &[String]) -> Result<()> {
    let stages = stages::chosen(only);
    // Found before the first stage, so that a missing server is not learnt after minutes of compiling.
    let installation = installation_for(&stages)?;
    let mut timings = Vec::new();
    for stage in stages {
        println!(
            "\n==> {}: {}\n    {}",
            stage.name,
            stage.proves,
            stage.command_line()
        );
        let started = Instant::now();
        let outcome = run_stage(stage, installation.as_ref());
        timings.push((stage.name, started.elapsed(), outcome.is_ok()));
        if let Err(error) = outcome {
            print!("{}", summary(&timings));
            return Err(error.context(advice(stage)));
        }
    }
    print!("{}", summary(&timings));
    Ok(())
}

fn installation_for(stages: &[&Stage]) -> Result<Option<Installation>> {
    let wanted =
        stages.iter().any(|stage| stage.needs_postgres) && env::var_os(POSTGRES_VARIABLE).is_none();
    wanted.then(installation::find_or_install).transpose()
}

fn run_stage(stage: &Stage, installation: Option<&Installation>) -> Result<()> {
    let mut command = cargo();
    command
        .args(stage.cargo.split_whitespace())
        .envs(stage.env.iter().copied());
    // Held until the command has ended: dropping it stops the server.
    let _server = match installation.filter(|_| stage.needs_postgres) {
        Some(installation) => {
            let server = TemporaryPostgres::start(installation)?;
            command.env(POSTGRES_VARIABLE, server.url("postgres"));
            println!("    URL={}", server.url("postgres"));
            Some(server)
        }
        None => None,
    };
    let status = command.status().context("starting cargo")?;
    if !status.success() {
        bail!("cargo ended with {status}");
    }
    Ok(())
}

/// `cargo load limit` with these options: it belongs to the chores, and needs what the load generator is made of.
///
/// # Errors
/// It failed; what it printed says why.
pub(crate) fn bench_limit(options: &[String]) -> Result<()> {
    let status = cargo().args(["load", "limit"]).args(options).status();
    let status = status.context("starting cargo")?;
    if !status.success() {
        bail!("cargo load limit ended with {status}");
    }
    Ok(())
}

/// Cargo in the repository's root.
fn cargo() -> Command {
    let mut command = xtask::cargo::command();
    command.current_dir(repository());
    command
}

/// The repository's root. Asked at run time first: a shared target folder may hold a program built for another clone.
pub(crate) fn repository() -> PathBuf {
    let package =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(package).join("..")
}

fn advice(stage: &Stage) -> String {
    let repair = stage
        .repair
        .map(|command| format!("\n    often repaired by: {command}"))
        .unwrap_or_default();
    format!(
        "stage `{0}` failed\n    run it alone: cargo xtask test --only {0}{repair}",
        stage.name
    )
}

fn summary(timings: &[(&str, Duration, bool)]) -> String {
    let line = |&(name, elapsed, passed): &(&str, Duration, bool)| {
        let outcome = if passed { "ok" } else { "FAILED" };
        format!(
            "    {name:<10} {:>7.1} s  {outcome}\n",
            elapsed.as_secs_f64()
        )
    };
    let total: Duration = timings.iter().map(|(_, elapsed, _)| elapsed).sum();
    let lines: String = timings.iter().map(line).collect();
    format!(
        "\n==> timing\n{lines}    {:<10} {:>7.1} s\n",
        "total",
        total.as_secs_f64()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_that_runs_its_stage_alone() {
        let stages = stages::chosen(&["fmt".to_owned()]);
        let advice = advice(stages[0]);
        assert!(advice.contains("cargo xtask test --only fmt"), "{advice}");
        assert!(advice.contains("cargo fmt --all"), "{advice}");
    }

    #[test]
    fn the_summary_tells_passed_from_failed() {
        let timings = [
            ("fmt", Duration::from_millis(400), true),
            ("clippy", Duration::from_secs(12), false),
        ];
        assert_eq!(
            summary(&timings),
            "\n==> timing\n    fmt            0.4 s  ok\n    clippy        12.0 s  FAILED\n    total         12.4 s\n"
        );
    }
}
