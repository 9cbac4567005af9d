//! How a SQLite file is opened: its path, its VFS and the pragmas of the connection.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};

/// How long SQLite waits for the lock of another process before it gives up.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Pages of the write-ahead log after which SQLite copies them into the file. 4,000 pages are 16 MB: a page that is
/// written again and again is copied once.
const WAL_AUTOCHECKPOINT_PAGES: u32 = 4_000;

/// How a SQLite file is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The path of the file, in the form that the VFS expects.
    pub path: PathBuf,
    /// Whether the file may be created or changed.
    pub access: SqliteAccess,
    /// The VFS, which is SQLite's interface to the operating system. `None` is the default VFS.
    pub vfs: Option<&'static str>,
    /// Who may lock the file.
    pub locking_mode: LockingMode,
    /// The journal to switch to. `None` keeps the journal that is written in the file.
    pub journal_mode: Option<JournalMode>,
    /// When SQLite waits for the disk.
    pub synchronous: Synchronous,
    /// The size of the page cache in KiB. `None` is SQLite's default of 2,000 KiB.
    pub cache_kib: Option<u32>,
}

/// Whether opening a SQLite file may create or change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqliteAccess {
    /// Read and write. A missing file is created.
    Create,
    /// Read and write. A missing file is an error.
    Existing,
    /// Read only, without locks and without the write-ahead log.
    Immutable,
}

/// Who may lock a SQLite file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockingMode {
    /// Each transaction takes the lock and releases it.
    Normal,
    /// The connection keeps the lock. The write-ahead log then needs no shared memory.
    Exclusive,
}

/// How SQLite makes a transaction atomic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalMode {
    /// A write-ahead log.
    Wal,
    /// A rollback journal, which is deleted by each commit.
    Delete,
}

/// When SQLite waits until the disk has stored what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synchronous {
    /// Before a commit returns. An acknowledged commit survives a power loss.
    Full,
    /// At checkpoints of the write-ahead log. A power loss takes the last commits.
    Normal,
    /// Never.
    Off,
}

impl SqliteOptions {
    /// The options of production for the file at this path: it is created if it is missing, and every commit is synced.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            access: SqliteAccess::Create,
            vfs: None,
            locking_mode: LockingMode::Normal,
            journal_mode: None,
            synchronous: Synchronous::Full,
            cache_kib: None,
        }
    }

    /// Opens the file and applies the pragmas. Blocks.
    ///
    /// # Errors
    /// SQLite's: the file cannot be opened, or is not a database.
    pub(super) fn open(&self) -> rusqlite::Result<Connection> {
        let flags = self.access.flags() | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match (self.access, self.vfs) {
            (SqliteAccess::Immutable, _) => {
                Connection::open_with_flags(self.immutable_uri(), flags)
            }
            (_, Some(vfs)) => Connection::open_with_flags_and_vfs(&self.path, flags, vfs),
            (_, None) => Connection::open_with_flags(&self.path, flags),
        }?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute_batch(&self.pragmas())?;
        Ok(connection)
    }

    /// Only a URI can say that a file is immutable. SQLite decodes `%` and ends the path at `?` and `#`.
    fn immutable_uri(&self) -> String {
        let path = self.path.to_string_lossy();
        let path = path
            .replace('%', "%25")
            .replace('?', "%3f")
            .replace('#', "%23");
        format!("file:{path}?immutable=1")
    }

    /// The order matters. SQLite decides about shared memory when it first uses the write-ahead log, so the locking
    /// mode comes before everything that reads the file.
    fn pragmas(&self) -> String {
        let mut text = format!("PRAGMA locking_mode = {};", self.locking_mode.keyword());
        let mut pragma = |name: &str, value: &dyn std::fmt::Display| {
            // Writing to a string cannot fail.
            let _ = write!(text, "PRAGMA {name} = {value};");
        };
        if let Some(journal_mode) = self.journal_mode {
            pragma("journal_mode", &journal_mode.keyword());
        }
        pragma("foreign_keys", &"ON");
        pragma("synchronous", &self.synchronous.keyword());
        // Otherwise a statement of many rows writes its statement journal into a temporary file.
        pragma("temp_store", &"MEMORY");
        pragma("wal_autocheckpoint", &WAL_AUTOCHECKPOINT_PAGES);
        if let Some(kib) = self.cache_kib {
            // SQLite reads a negative number as KiB, and a positive one as pages.
            pragma("cache_size", &format_args!("-{kib}"));
        }
        text
    }
}

impl SqliteAccess {
    fn flags(self) -> OpenFlags {
        match self {
            Self::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Self::Existing => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Self::Immutable => OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        }
    }
}

impl LockingMode {
    fn keyword(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Exclusive => "EXCLUSIVE",
        }
    }
}

impl JournalMode {
    fn keyword(self) -> &'static str {
        match self {
            Self::Wal => "WAL",
            Self::Delete => "DELETE",
        }
    }
}

impl Synchronous {
    fn keyword(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
            Self::Off => "OFF",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_syncs_each_commit_and_keeps_the_locking_mode_first() {
        let mut options = SqliteOptions::new(Path::new("a.db"));
        options.cache_kib = Some(256);
        assert_eq!(
            options.pragmas(),
            "PRAGMA locking_mode = NORMAL;PRAGMA foreign_keys = ON;PRAGMA synchronous = FULL;\
             PRAGMA temp_store = MEMORY;PRAGMA wal_autocheckpoint = 4000;PRAGMA cache_size = -256;"
        );
    }

    #[test]
    fn a_path_is_escaped_in_a_uri() {
        let options = SqliteOptions::new(Path::new("/a b/100%?#.db"));
        assert_eq!(
            options.immutable_uri(),
            "file:/a b/100%25%3f%23.db?immutable=1"
        );
    }

    #[test]
    fn only_create_makes_a_missing_file() {
        let folder = std::env::temp_dir().join(format!("likewise-options-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut options = SqliteOptions::new(&folder.join("a%20#b.db"));
        options.access = SqliteAccess::Existing;
        assert!(options.open().is_err());
        options.access = SqliteAccess::Create;
        options
            .open()
            .unwrap()
            .execute_batch("CREATE TABLE t (x)")
            .unwrap();
        options.access = SqliteAccess::Immutable;
        let connection = options.open().unwrap();
        assert!(
            connection
                .execute_batch("INSERT INTO t VALUES (1)")
                .is_err()
        );
        drop(connection);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
