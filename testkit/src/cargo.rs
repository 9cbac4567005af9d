//! Runs cargo from a program that cargo itself runs.

use std::{
    env,
    ffi::OsStr,
    process::{Command, Stdio},
};

/// Prefixes of the variables that `cargo run` sets for a program. Some build scripts (ring's, for one) run again when these
/// change. Passing them on would therefore rebuild crates that a plain `cargo test` has just built.
const VARIABLES_OF_CARGO_RUN: &[&str] = &[
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_PRIMARY_",
];

/// A cargo command with the environment of a command that is typed in a shell, and without input. The caller chooses the
/// working folder.
#[must_use]
pub fn command() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.stdin(Stdio::null());
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_cargo_run(name)) {
        command.env_remove(name);
    }
    command
}

fn is_of_cargo_run(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    VARIABLES_OF_CARGO_RUN
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_variables_of_cargo_run_are_removed() {
        assert!(is_of_cargo_run("CARGO_PKG_NAME".as_ref()));
        assert!(!is_of_cargo_run("CARGO_TARGET_DIR".as_ref()));
        assert!(!is_of_cargo_run("CARGO_HOME".as_ref()));
    }
}
