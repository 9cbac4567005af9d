//! Opens a page with the program that the desktop uses for pages.

use std::path::{Path, PathBuf};

use crate::paths;

/// Opens the first page among these files. If that fails, it says so and goes on: the page exists, and its path is printed.
pub(crate) fn open_page(written: &[PathBuf]) {
    let is_page = |path: &&PathBuf| path.extension().is_some_and(|it| it == "html");
    if let Some(page) = written.iter().find(is_page) {
        open(page);
    }
}

fn open(page: &Path) {
    // Detached: a browser may run longer than this command.
    if let Err(error) = open::that_detached(page) {
        let page = paths::relative(page);
        eprintln!("cannot open {}: {error}", page.display());
    }
}
