//! The Markdown files of the repository, and what both checks ignore in them.

use std::fs;
use std::path::{Path, PathBuf};

/// Generated folders.
const SKIPPED_FOLDERS: [&str; 2] = ["target", "node_modules"];

/// Hidden folders are skipped, except for this one.
const WORKFLOWS_FOLDER: &str = ".github";

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the repository's root")
}

/// Whether a folder contains nothing that the project says about itself.
pub(crate) fn is_skipped(folder: &str) -> bool {
    SKIPPED_FOLDERS.contains(&folder) || (folder.starts_with('.') && folder != WORKFLOWS_FOLDER)
}

/// All files below `folder`, without those in skipped folders.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let entry = entry.expect("a readable entry");
        let kind = entry.file_type().expect("a file type");
        if kind.is_dir() && !is_skipped(&entry.file_name().to_string_lossy()) {
            files.extend(self::files(&entry.path()));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    files
}

/// All Markdown files of the repository.
pub(crate) fn markdown_files(root: &Path) -> Vec<PathBuf> {
    let is_markdown = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    files(root).into_iter().filter(is_markdown).collect()
}

/// The lines without those of fenced blocks, which become empty. Lines are trimmed.
pub(crate) fn lines_without_fences(text: &str) -> Vec<&str> {
    let mut fence = None;
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim) {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.starts_with(mark));
        let mut kept = "";
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) => kept = line,
            (Some(_), _) => {}
        }
        lines.push(kept);
    }
    lines
}
