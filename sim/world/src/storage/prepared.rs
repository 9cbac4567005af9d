//! Prepared databases: migrated once in a test process, and opened once by each worker thread.
//!
//! To open a database costs as much as a whole saga, because SQLite parses the schema and every statement again. So a
//! worker keeps the connections with which its runs begin, on disks that are rewound to the same bytes after each run. A
//! process that *restarts* opens its files for real, with all that SQLite does then.
//!
//! ```text
//!  image ──► opened, captured, log empty ──► marked ──► lent to a run ──► revived, log emptied, rewound ──┐
//!                                               ▲                                                        │
//!                                               └────────────────────────────────────────────────────────┘
//! ```

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use likewise_saga::store::{SqliteConnection, StoreError};
use tokio::sync::Mutex;

use super::{
    change_capture::ChangeCapture,
    disk::{self, Disk, Keep, Mark},
    opening::{ServiceOf, Use, migrated_image, open_captured},
};
use crate::{instruments::Instruments, system::ServiceSpec};

/// Moves the write-ahead log into the database file, and truncates it.
const EMPTY_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
/// Drops every cached page. SQLite does so when it prepares this statement, so the statement is never cached.
const SHRINK: &str = "PRAGMA shrink_memory";

thread_local! {
    /// The prepared databases of this worker. A connection must not move to another thread with its run.
    static POOL: RefCell<BTreeMap<Use, Vec<PreparedDatabase>>> = const { RefCell::new(BTreeMap::new()) };
}

/// An empty, migrated database of a service, with an open connection.
pub struct PreparedDatabase {
    /// The disk with its files.
    pub(crate) disk: Disk,
    /// The names of its files.
    pub(crate) files: disk::Mount,
    /// The connection.
    pub(crate) writer: Arc<Mutex<SqliteConnection>>,
    /// The captured changes of the connection.
    pub(crate) capture: ChangeCapture,
    mark: Mark,
    key: Use,
}

impl PreparedDatabase {
    /// Takes one from the pool, or makes a new one.
    pub(crate) fn take(service: ServiceOf, instruments: Instruments) -> Self {
        let is_captured = instruments == Instruments::All;
        let key = (service.0, service.1.name.text(), is_captured);
        let pooled = POOL.with_borrow_mut(|pool| pool.get_mut(&key).and_then(Vec::pop));
        pooled.unwrap_or_else(|| {
            let disk = Disk::from_image(migrated_image(service, false));
            // A failure is a defect of the migrations: without a database there is nothing to simulate.
            Self::open(service.1, key, disk)
                .unwrap_or_else(|error| panic!("the {} database can be opened: {error}", key.1))
        })
    }

    /// Opens the files as the product does, so that the first process of a run has the same connection as a later one.
    fn open(service: &'static ServiceSpec, key: Use, disk: Disk) -> Result<Self, StoreError> {
        let files = disk.remount(Keep::Written);
        let path = files.path(service.name.text());
        let (Some(mut writer), capture) = open_captured(&path, service, key.2) else {
            return Err(StoreError::Invariant("it was not opened".to_owned()));
        };
        if let Some(writer) = Arc::get_mut(&mut writer) {
            forget_file(writer.get_mut())?;
        }
        Ok(Self {
            mark: disk.mark(),
            key,
            disk,
            files,
            capture,
            writer,
        })
    }

    /// Returns it to the pool of this worker, rewound. If the connection is still in use or cannot be rewound, the database
    /// is dropped.
    pub(crate) fn return_to_pool(mut self) {
        self.disk.revive(&self.mark);
        let Some(writer) = Arc::get_mut(&mut self.writer) else {
            return;
        };
        if forget_file(writer.get_mut()).is_ok() {
            self.files = self.disk.rewind(&self.mark);
            POOL.with_borrow_mut(|pool| pool.entry(self.key).or_default().push(self));
        }
    }
}

/// Makes a connection forget everything that it knows of its file: cached pages and the log.
///
/// A cached page of the earlier run would be served to the next one, whose file holds other bytes.
///
/// # Errors
/// The log is in use, or SQLite failed.
fn forget_file(writer: &SqliteConnection) -> Result<(), StoreError> {
    let mut empty = writer.driver().prepare_cached(EMPTY_LOG)?;
    let left = empty.query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
    match left? {
        (0, 0) => Ok(writer.driver().execute_batch(SHRINK)?),
        _ => Err(StoreError::Invariant("its log is in use".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::PreparedDatabase;
    use crate::{instruments::Instruments, testing::SERVICES};

    /// Each pragma is the product's, but those that the disk asks for: it has no shared memory.
    #[test]
    fn the_first_process_of_a_run_has_the_connection_of_production() {
        let service = &SERVICES[0];
        let prepared = PreparedDatabase::take(("shop", service), Instruments::All);
        let writer = prepared.writer.try_lock().unwrap();
        let pragma = |name: &str| -> String {
            let value = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
            let value = writer
                .driver()
                .query_row(&format!("PRAGMA {name}"), [], value);
            format!("{:?}", value.unwrap())
        };
        let full = "Integer(2)";
        assert_eq!(pragma("synchronous"), full);
        assert_eq!(pragma("cache_size"), "Integer(-4000)");
        assert_eq!(pragma("foreign_keys"), "Integer(1)");
        assert_eq!(pragma("temp_store"), "Integer(2)");
        assert_eq!(pragma("wal_autocheckpoint"), "Integer(4000)");
        assert_eq!(pragma("journal_mode"), r#"Text("wal")"#);
    }
}
