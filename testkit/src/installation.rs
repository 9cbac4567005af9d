//! Finds PostgreSQL's server programs.
//!
//! Distributions keep `initdb` and `postgres` out of PATH, in one folder for each version. If there are none, `installer.rs`
//! installs them.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};

use crate::installer;
use crate::packages::POSTGRES;

/// The programs that a folder must contain to count as an installation of the server.
const SERVER_PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// Folders outside PATH that contain one subfolder for each version, and the prefix of the subfolders' names.
const VERSION_FOLDERS: [(&str, &str); 6] = [
    ("/usr/lib/postgresql", ""),                      // Debian, Ubuntu
    ("/usr/lib", "postgresql"),                       // openSUSE
    ("/usr", "pgsql-"),                               // PostgreSQL's own RPMs
    ("/opt/homebrew/opt", "postgresql"),              // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql"),                 // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql"), // Homebrew on Linux
];

/// One installed version of PostgreSQL: the folder with its programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    folder: PathBuf,
}

impl Installation {
    /// Finds the server's programs, or installs them with the system's package manager.
    ///
    /// # Errors
    /// The programs are missing and this process may not install them (the message contains the command), or the
    /// installation failed.
    pub fn find_or_install() -> Result<Self> {
        if let Some(installation) = find() {
            return Ok(installation);
        }
        installer::install(&POSTGRES)?;
        find().context("PostgreSQL was installed, but its server programs were still not found")
    }

    /// The path of one of its programs, or its bare name if a distribution keeps the clients elsewhere in PATH.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        let path = self.folder.join(name);
        if path.is_file() {
            path
        } else {
            PathBuf::from(name)
        }
    }

    /// Follows symbolic links, because PATH often contains links to some of the programs only.
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

fn find() -> Option<Installation> {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = VERSION_FOLDERS
        .iter()
        .flat_map(|(folder, prefix)| versions(Path::new(folder), prefix));
    env::split_paths(&path)
        .chain(versions)
        .find_map(|folder| Installation::at(&folder))
}

/// The program folders of every version in `folder`, the highest version first.
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

/// The numbers in a version's name, so that 16 sorts after 9.6.
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
