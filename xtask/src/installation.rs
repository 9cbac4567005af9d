//! Finds PostgreSQL's server programs.
//!
//! Distributions keep `initdb` and `postgres` out of PATH, in a folder per version. Where there are none, `remedy.rs`
//! says what to do about it.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};

use crate::remedy::{POSTGRES, Remedy};

/// What a folder must hold to be taken for a server's.
const SERVER_PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// Where versions are kept outside PATH: a folder, and how the names of its versions begin.
const VERSION_FOLDERS: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", ""),                      // Debian, Ubuntu
    ("/usr/lib", "postgresql"),                       // openSUSE
    ("/usr", "pgsql-"),                               // PostgreSQL's own RPMs
    ("/opt/homebrew/opt", "postgresql"),              // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql"),                 // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql"), // Homebrew on Linux
];

/// The folder of one PostgreSQL's programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    folder: PathBuf,
}

impl Installation {
    /// The path of one of its programs; left to PATH if a distribution keeps the clients elsewhere.
    pub fn program(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        if path.is_file() {
            path
        } else {
            PathBuf::from(name)
        }
    }

    /// Symbolic links are followed: PATH often holds links to only some of the programs.
    fn at(folder: &Path) -> Option<Self> {
        let initdb = folder.join("initdb").canonicalize().ok()?;
        let real = initdb.parent()?;
        [real, folder]
            .into_iter()
            .find(|folder| is_server(folder))
            .map(|folder| Self {
                folder: folder.to_owned(),
            })
    }
}

fn is_server(folder: &Path) -> bool {
    SERVER_PROGRAMS
        .iter()
        .all(|program| folder.join(program).is_file())
}

/// Finds the server's programs, or installs them with the system's package manager.
///
/// # Errors
/// They are missing and this program may not install them (the message has the command), or the installation failed.
pub fn find_or_install() -> Result<Installation> {
    if let Some(installation) = find() {
        return Ok(installation);
    }
    Remedy::for_this_machine(&POSTGRES).apply(&POSTGRES)?;
    find().context("PostgreSQL was installed, but its server programs are still not to be found")
}

fn find() -> Option<Installation> {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = VERSION_FOLDERS
        .iter()
        .flat_map(|(folder, prefix)| versions(Path::new(folder), prefix));
    env::split_paths(&path)
        .chain(versions)
        .find_map(|folder| Installation::at(&folder))
}

/// The program folders of every version kept in `folder`, the highest first.
fn versions(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_by_key(|name| Reverse(numbers(name)));
    names
        .iter()
        .map(|name| folder.join(name).join("bin"))
        .collect()
}

/// The numbers in a version's name, so that 16 comes after 9.6.
fn numbers(name: &str) -> Vec<u32> {
    name.split(|character: char| !character.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_is_higher_than_nine_point_six() {
        let mut names = ["9.6", "16", "postgresql@9", "10"];
        names.sort_by_key(|name| Reverse(numbers(name)));
        assert_eq!(names, ["16", "10", "9.6", "postgresql@9"]);
    }
}
