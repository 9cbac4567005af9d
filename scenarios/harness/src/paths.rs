//! Where the files of campaigns go: `likewise/` in cargo's target folder.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The file that cargo leaves in every target folder.
const CARGO_TAG: &str = "CACHEDIR.TAG";

/// The folder for the files of all campaigns. It may not exist yet.
///
/// The running program lies in the target folder, so the target folder is found even if cargo's settings move it. A
/// program that was copied elsewhere writes to `target/` in the current directory.
pub(crate) fn archive_root() -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let mut parents = program.ancestors().skip(1);
    let target = parents.find(|folder| folder.join(CARGO_TAG).exists());
    relative(&target.map_or_else(|| PathBuf::from("target"), Path::to_owned)).join("likewise")
}

/// The path relative to the current directory if it lies inside: shorter to read, and it can be pasted.
pub(crate) fn relative(path: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}
