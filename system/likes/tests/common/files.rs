//! The content of a folder.
//!
//! A test that compares two such lists can say that a command changed nothing on disk, not only that it reported no
//! error.

use std::{fs, io::ErrorKind, path::Path};

/// The name and content of every file in a folder, by name.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("the folder");
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        match fs::read(entry.path()) {
            // Deleted since the folder was listed, by a connection that closes on its own thread. The name is
            // still returned, so that a caller that waits for the deletion looks again.
            Err(error) if error.kind() == ErrorKind::NotFound => (name, Vec::new()),
            content => (name, content.expect("a file")),
        }
    };
    let mut files: Vec<_> = entries.map(read).collect();
    files.sort();
    files
}
