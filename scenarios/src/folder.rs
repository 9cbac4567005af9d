//! Where artefacts go: `likewise/` inside cargo's target folder, wherever that is.

use std::{
    env,
    path::{Path, PathBuf},
};

use likewise_reports::artefacts::plain;

/// Where the regressions lie: plans that once failed, one a file.
pub const REGRESSIONS: &str = "scenarios/regressions";

/// What cargo leaves in every target folder.
const TAG: &str = "CACHEDIR.TAG";

/// The folder for artefacts; it may not exist yet.
///
/// The program itself lies in the target folder. One that was moved elsewhere writes to `target/` where it is run.
#[must_use]
pub fn artefacts() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let mut above = program.ancestors().skip(1);
    let target = above.find(|folder| folder.join(TAG).exists());
    shown(&target.map_or_else(|| PathBuf::from("target"), Path::to_owned)).join("likewise")
}

/// The command that makes a plan a regression, which the tests run from then on: its file's name says what it shows.
#[must_use]
pub fn keep_command(plan: &Path, shows: &str) -> String {
    let name = plain(shows);
    format!("cp {} {REGRESSIONS}/{name}.json", quoted(plan))
}

/// A path as a shell takes it.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    match path.contains(|c: char| c.is_whitespace() || c == '\'') {
        true => format!("'{}'", path.replace('\'', r"'\''")),
        false => path,
    }
}

/// The same path, seen from here if it lies inside: shorter, and it can be pasted.
#[must_use]
pub fn shown(path: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}
