//! The repository's folder, and cargo in it.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The repository's root.
///
/// The variable of the running cargo comes first: a shared target folder may contain an xtask that was built for another clone.
pub(crate) fn root() -> PathBuf {
    let package =
        env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(package).join("..")
}

/// Cargo in the repository's root.
pub(crate) fn cargo() -> Command {
    let mut command = likewise_testkit::cargo::command();
    command.current_dir(root());
    command
}

/// Runs cargo with these arguments, separated by spaces, followed by `more`.
///
/// # Errors
/// Cargo could not be started, or it failed. Its own output says why.
pub(crate) fn run_cargo(arguments: &str, more: &[String]) -> Result<()> {
    let status = cargo()
        .args(arguments.split_whitespace())
        .args(more)
        .status()
        .context("starting cargo")?;
    ensure!(
        status.success(),
        "cargo {} ended with {status}",
        [arguments, &more.join(" ")].join(" ").trim_end()
    );
    Ok(())
}

/// Cargo's target folder.
///
/// A relative folder in the variable counts from the repository's root, as cargo run there reads it.
pub(crate) fn target() -> PathBuf {
    let named = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    named.map_or_else(|| root().join("target"), |named| root().join(named))
}

/// Another program, run in the repository's root.
pub(crate) fn program(name: &str) -> Command {
    let path = root().join(name);
    let mut program = match name.contains('/') {
        true => Command::new(path),
        false => Command::new(name),
    };
    program.current_dir(root()).stdin(Stdio::null());
    program
}

/// A program that a build without optimisation put into the target folder, run in the repository's root.
pub(crate) fn built_program(name: &str) -> Command {
    let mut program = Command::new(target().join("debug").join(name));
    program.current_dir(root()).stdin(Stdio::null());
    program
}
