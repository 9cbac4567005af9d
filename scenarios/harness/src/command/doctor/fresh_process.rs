//! Runs a plan in a fresh process: the program starts itself with the hidden command `recheck`.
//!
//! The plan goes in on standard input and the result comes out on standard output, so no file can be left behind.

use std::{
    env,
    io::Write as _,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use likewise_world::{plan::Plan, record::RunRecord};

/// The hash of the run in a fresh process.
pub(super) fn hash(plan: &Plan) -> Result<String> {
    Ok(output(plan, &[])?.trim_end().to_owned())
}

/// The whole record of the run in a fresh process.
pub(super) fn record(plan: &Plan) -> Result<RunRecord> {
    serde_json::from_str(&output(plan, &["--record"])?)
        .context("the fresh process printed no run record")
}

/// The child inherits standard error, so that a panic in it is visible. It has no time limit: a simulation is bounded
/// by its plan.
fn output(plan: &Plan, options: &[&str]) -> Result<String> {
    let program = env::current_exe().context("the path of this program is unknown")?;
    let mut child = Command::new(program)
        .arg("recheck")
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start a fresh process")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&serde_json::to_vec(plan)?)?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "the fresh process for {} failed with {}",
            plan.name,
            output.status
        );
    }
    String::from_utf8(output.stdout).context("the fresh process printed no text")
}
