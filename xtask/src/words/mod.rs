//! `cargo xtask words`: fails if a retired word is still used, or if code for any system has names of one.
//!
//! ```text
//! git ls-files ──► scanner ──► path:line: the word and what to say instead
//!                     ▲
//! retired_words.tsv ──┤
//! retired_words_allowed.tsv
//! ```
//!
//! The project once had private words for common terms. A new engineer had to learn them before reading any code. This check
//! keeps them from coming back.
//!
//! Where to read next: `scanner.rs` finds the words; the lists are `xtask/retired_words.tsv` and
//! `xtask/retired_words_allowed.tsv`.

mod rust_code;
mod scanner;
mod system_names;
mod word_list;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::repository;
use scanner::scan;
use word_list::{Allowed, WordList};

/// The lists, relative to the repository's root. They contain the words themselves, so they are not scanned.
const LIST: &str = "xtask/retired_words.tsv";
const ALLOWED: &str = "xtask/retired_words_allowed.tsv";

/// The endings of the files whose text is scanned. The names of all files are scanned.
const TEXT_EXTENSIONS: [&str; 12] = [
    "rs", "md", "sql", "toml", "js", "mjs", "html", "css", "yml", "yaml", "snap", "tsv",
];

/// Scans every file of the repository that git does not ignore, and prints what it finds.
///
/// # Errors
/// A retired word was found, an accepted snippet no longer exists, or a file could not be read.
pub(crate) fn run() -> Result<()> {
    let root = repository::root();
    let read =
        |file: &str| fs::read_to_string(root.join(file)).with_context(|| format!("reading {file}"));
    let list = WordList::parse(&read(LIST)?).context(LIST)?;
    let allowed = Allowed::parse(&read(ALLOWED)?).context(ALLOWED)?;
    let mut is_used = vec![false; allowed.len()];
    let mut findings = 0;
    for file in files(&root)? {
        let text = is_text(&file).then(|| read(&file)).transpose()?;
        let here: Vec<_> = allowed.iter().filter(|it| it.applies_to(&file)).collect();
        for (entry, is_used) in allowed.iter().zip(&mut is_used) {
            let contains = |text: &str| text.contains(&entry.snippet);
            *is_used |= entry.applies_to(&file)
                && (contains(&file) || text.as_deref().is_some_and(contains));
        }
        for finding in scan(&list, &here, &file, text.as_deref()) {
            println!(
                "{file}:{}: '{}' is retired, say: {}",
                finding.line, finding.found, finding.say_instead
            );
            findings += 1;
        }
        for (line, word) in system_names::find(&file, text.as_deref().unwrap_or_default()) {
            println!("{file}:{line}: '{word}' is about likes, and this code works for any system");
            findings += 1;
        }
    }
    let unused = allowed.iter().zip(is_used).filter(|(_, is_used)| !is_used);
    for (entry, _) in unused {
        println!("{ALLOWED}: '{}' is no longer found", entry.snippet);
        findings += 1;
    }
    ensure!(
        findings == 0,
        "{findings} retired or misplaced words, or unused entries\n    a word that must stay, such as a serialised name, goes into {ALLOWED}"
    );
    Ok(())
}

/// The files of the repository that git knows or would add, without the lists themselves.
fn files(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .context("starting git")?;
    ensure!(
        output.status.success(),
        "git ls-files ended with {}",
        output.status
    );
    let printed = String::from_utf8(output.stdout).context("reading the names of the files")?;
    let names = printed.split_terminator('\0');
    Ok(names
        .filter(|name| ![LIST, ALLOWED].contains(name))
        // A file that was deleted but not committed is still in git's list.
        .filter(|name| root.join(name).is_file())
        .map(str::to_owned)
        .collect())
}

fn is_text(file: &str) -> bool {
    let extension = Path::new(file).extension().and_then(|it| it.to_str());
    extension.is_some_and(|extension| TEXT_EXTENSIONS.contains(&extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_can_be_parsed() {
        let root = repository::root();
        let list = fs::read_to_string(root.join(LIST)).unwrap();
        let list = WordList::parse(&list).unwrap();
        assert!(!list.words.is_empty() && !list.names.is_empty());
        let allowed = fs::read_to_string(root.join(ALLOWED)).unwrap();
        Allowed::parse(&allowed).unwrap();
    }

    #[test]
    fn sources_documents_and_snapshots_are_scanned_and_pictures_are_not() {
        let is = [
            "a/b.rs",
            "README.md",
            "x.snap",
            ".github/workflows/test.yml",
        ]
        .map(is_text);
        assert_eq!(is, [true; 4]);
        assert!(!is_text("benches/growth.svg") && !is_text("LICENSE-MIT"));
    }

    #[test]
    fn the_files_of_the_repository_are_found() {
        let files = files(&repository::root()).unwrap();
        assert!(files.iter().any(|file| file == "xtask/src/words/mod.rs"));
        assert!(!files.iter().any(|file| file == LIST));
    }
}
