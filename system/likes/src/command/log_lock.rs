//! The lock on a coordinator's SQLite file: a saga log in use is refused.
//!
//! Without a lease, a coordinator takes over the saga log when it starts. A second process on the same files
//! would therefore stop the first for good. So a coordinator locks a file next to its database, before it opens
//! the database. Coordinators with a lease share the lock: one of them leads, the others stand by.
//!
//! The operating system releases the lock when the process ends, whatever ends it. The file stays: deleting it
//! could delete the lock of a process that has just opened it. A saga log on PostgreSQL has no lock, because two
//! machines may use it; there the coordinator watches the epoch.

use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use likewise::bounds::DATA_FOLDER;
use likewise_saga::store::{DatabaseUrl, StoreExecutor};

use super::{Failure, on_disk::on_disk};

/// The lock. Dropping it releases it.
#[derive(Debug)]
pub(super) struct LogLock(#[expect(dead_code, reason = "held, not read")] File);

/// Who else may use the saga log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Nobody.
    Alone,
    /// Other coordinators with a lease.
    WithOthers,
}

impl LogLock {
    /// Locks the saga log at this address. `None` if there is nothing to lock: the log is on PostgreSQL, its
    /// folder is missing, or the file system has no locks.
    ///
    /// # Errors
    /// [`Failure::Configuration`]: another process uses the log, or the lock file cannot be opened. `cure` says
    /// what to do about another process. [`Failure::Internal`]: the disk did not answer in time.
    pub(super) async fn acquire(
        executor: &dyn StoreExecutor,
        log: &DatabaseUrl,
        sharing: Sharing,
        cure: &'static str,
    ) -> Result<Option<Self>, Failure> {
        let its_log = log.clone();
        let acquire = move || Self::acquire_blocking(&its_log, sharing, cure);
        on_disk(DATA_FOLDER, executor, log, acquire).await
    }

    fn acquire_blocking(
        log: &DatabaseUrl,
        sharing: Sharing,
        cure: &str,
    ) -> Result<Option<Self>, Failure> {
        let DatabaseUrl::Sqlite(path) = log else {
            return Ok(None);
        };
        let path = lock_path(path);
        match open(&path) {
            Ok(file) => Self::lock(file, &path, sharing, cure),
            // Opening the database fails as well, and its message says more.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    fn lock(
        file: File,
        path: &Path,
        sharing: Sharing,
        cure: &str,
    ) -> Result<Option<Self>, Failure> {
        let locked = match sharing {
            Sharing::Alone => file.try_lock(),
            Sharing::WithOthers => file.try_lock_shared(),
        };
        match locked {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Err(Failure::Configuration(format!(
                "the data folder {} is in use: another process has locked {}\n{cure}",
                path.parent().unwrap_or(path).display(),
                path.file_name().unwrap_or_default().display(),
            ))),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                tracing::warn!(file = %path.display(), "this file system has no locks; make sure that no other process uses the data folder");
                Ok(None)
            }
            Err(TryLockError::Error(error)) => Err(failed(path, &error)),
        }
    }
}

/// Symbolic links that are followed from a database that does not exist yet. As many as the operating system follows.
const LINKS_MAX: usize = 40;

/// The lock file next to a database. Two names of one database give one lock file, also if a name is a link to a file that
/// does not exist yet: opening the database creates it there.
fn lock_path(database: &Path) -> PathBuf {
    let database = target(database);
    let database = fs::canonicalize(&database).unwrap_or_else(|_| {
        let folder = database.parent().map(fs::canonicalize);
        match (folder, database.file_name()) {
            (Some(Ok(folder)), Some(name)) => folder.join(name),
            _ => database.clone(),
        }
    });
    let mut name = OsString::from(database.file_name().unwrap_or_default());
    name.push(".lock");
    database.with_file_name(name)
}

/// Follows the links from a name, without asking that the last one leads to a file.
fn target(name: &Path) -> PathBuf {
    let mut path = name.to_owned();
    for _ in 0..LINKS_MAX {
        match fs::read_link(&path) {
            // A relative link counts from the folder of the link. An absolute one replaces the path.
            Ok(link) => path = path.parent().unwrap_or(Path::new("")).join(link),
            Err(_) => break,
        }
    }
    path
}

fn open(path: &Path) -> io::Result<File> {
    // Not truncated: another process may have it open.
    File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::Configuration(format!(
        "cannot lock {}: {error}\nMake the file writable, or delete it if no process uses the data folder.",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_to_a_database_that_does_not_exist_yet_has_the_lock_file_of_its_target() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("data")).unwrap();
        symlink("data/real.db", path("link.db")).unwrap();
        symlink("link.db", path("link-to-link.db")).unwrap();
        let before = lock_path(&path("link-to-link.db"));
        fs::write(path("data/real.db"), "").unwrap();
        for name in ["link-to-link.db", "link.db", "data/real.db"] {
            assert_eq!(lock_path(&path(name)), before, "{name}");
        }
        symlink("round.db", path("round.db")).unwrap();
        assert!(lock_path(&path("round.db")).ends_with("round.db.lock"));
    }
}
