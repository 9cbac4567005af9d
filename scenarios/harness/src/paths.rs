//! Where the files of campaigns go: `likewise/` in cargo's target folder.

use std::{
    env, fs, io,
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

/// Creates the folder, and writes a file in it that is deleted at once. A folder that did not exist is removed again: a command
/// that writes nothing leaves nothing behind.
///
/// # Errors
/// The operating system's: nothing can be written there.
pub(crate) fn try_to_write(folder: &Path) -> io::Result<()> {
    let is_new = !folder.exists();
    fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".writable-{}", std::process::id()));
    fs::write(&probe, "")?;
    fs::remove_file(probe)?;
    match is_new {
        true => fs::remove_dir(folder),
        false => Ok(()),
    }
}

/// The path relative to the current directory if it lies inside: shorter to read, and it can be pasted.
pub(crate) fn relative(path: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).to_owned()
}
