//! Prepared databases: migrated once in a test process, and opened once by each worker thread.
//!
//! To open a database costs as much as a whole like, because SQLite parses the schema and every statement again. So a
//! worker keeps the connections with which its runs begin, on disks that are rewound to the same bytes after each run. A
//! process that *restarts* opens its files for real, with all that SQLite does then.
//!
//! ```text
//!  image ──► opened, captured, log empty ──► marked ──► lent to a run ──► revived, log emptied, rewound ──┐
//!                                               ▲                                                        │
//!                                               └────────────────────────────────────────────────────────┘
//! ```

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::{executor::block_on, future::BoxFuture};
use likewise_saga::store::{
    Database, DatabaseUrl, LockingMode, PoolConfig, Schema, SimulatorHooks, SqliteConnection,
    SqliteOptions, StoreError, StoreExecutor, Unit,
};
use tokio::sync;

use super::{
    captured_tables,
    change_capture::ChangeCapture,
    disk::{self, Disk, Image, Keep, Mark, VFS_NAME},
};
use crate::world::{instruments::Instruments, system::ServiceSpec};

/// Moves the write-ahead log into the database file, and truncates it.
const EMPTY_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";
/// Drops every cached page. SQLite does so when it prepares this statement, so the statement is never cached.
const SHRINK: &str = "PRAGMA shrink_memory";

thread_local! {
    /// The prepared databases of this worker. A connection must not move to another thread with its run.
    static POOL: RefCell<BTreeMap<Use, Vec<PreparedDatabase>>> = const { RefCell::new(BTreeMap::new()) };
}

/// A service of the system with this name.
type ServiceOf = (&'static str, &'static ServiceSpec);
/// The names of the system and of the service, and a property: whether changes are captured, or the database is shared.
type Use = (&'static str, &'static str, bool);

/// An empty, migrated database of a service, with an open connection.
pub struct PreparedDatabase {
    /// The disk with its files.
    pub(in crate::world) disk: Disk,
    /// The names of its files.
    pub(in crate::world) files: disk::Mount,
    /// The connection.
    pub(in crate::world) writer: Arc<sync::Mutex<SqliteConnection>>,
    /// The captured changes of the connection.
    pub(in crate::world) capture: ChangeCapture,
    mark: Mark,
    key: Use,
}

impl PreparedDatabase {
    /// Takes one from the pool, or makes a new one.
    pub(in crate::world) fn take(service: ServiceOf, instruments: Instruments) -> Self {
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

    fn open(service: &'static ServiceSpec, key: Use, disk: Disk) -> Result<Self, StoreError> {
        let files = disk.remount(Keep::Written);
        let path = files.path(service.name.text());
        let options = on_disk(SqliteOptions::new(Path::new(&path)), false);
        let mut writer = SqliteConnection::open(&options)?;
        let capture = match key.2 {
            true => captured_tables::capture(service, &mut writer)?,
            false => ChangeCapture::default(),
        };
        forget_file(&writer)?;
        Ok(Self {
            mark: disk.mark(),
            key,
            disk,
            files,
            capture,
            writer: Arc::new(sync::Mutex::new(writer)),
        })
    }

    /// Returns it to the pool of this worker, rewound. If the connection is still in use or cannot be rewound, the database
    /// is dropped.
    pub(in crate::world) fn return_to_pool(mut self) {
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

/// The options for a file on a simulated disk.
///
/// A database that several processes share keeps a rollback journal: a write-ahead log needs shared memory, which the
/// disk does not have, or exclusive locks. Transactions never overlap, because each runs inside one poll. Each notices at
/// its start what other connections have changed.
pub(in crate::world) fn on_disk(options: SqliteOptions, shared: bool) -> SqliteOptions {
    SqliteOptions {
        vfs: Some(VFS_NAME),
        locking_mode: match shared {
            true => LockingMode::Normal,
            false => LockingMode::Exclusive,
        },
        ..options
    }
}

/// A disk image with a service's migrated, empty database, for one process or for several. It is made once in a test
/// process and copied for each run.
pub(in crate::world) fn migrated_image(service: ServiceOf, shared: bool) -> &'static Image {
    static IMAGES: Mutex<BTreeMap<Use, &Image>> = Mutex::new(BTreeMap::new());
    let mut images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (service.0, service.1.name.text(), shared);
    images
        .entry(key)
        .or_insert_with(|| Box::leak(Box::new(image(service.1.schema, shared))))
}

/// It goes through the product's own `Database::open`, so the migrations are those of the product.
fn image(schema: Schema, shared: bool) -> Image {
    let disk = Disk::new();
    let mount = disk.remount(Keep::Written);
    let url = DatabaseUrl::Sqlite(mount.path(schema.service).into());
    let opened = block_on(Database::open(
        &url,
        schema,
        PoolConfig::default(),
        Arc::new(Plain { shared }),
    ));
    // A failure is a defect of the migrations: without a database there is nothing to simulate.
    let opened = opened
        .unwrap_or_else(|error| panic!("the {} database can be made: {error}", schema.service));
    // The files of the next mount are out of reach of the close, which would fold the log in.
    disk.remount(Keep::Written);
    drop(opened);
    disk.snapshot()
}

/// Storage outside of a run, for making the images.
struct Plain {
    shared: bool,
}

#[async_trait]
impl StoreExecutor for Plain {
    async fn execute(
        &self,
        _: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        work.await
    }

    async fn call_blocking(&self, call: Box<dyn FnOnce() + Send>) {
        call();
    }

    fn simulator_hooks(&self) -> Option<&dyn SimulatorHooks> {
        Some(self)
    }
}

impl SimulatorHooks for Plain {
    fn sqlite_options(&self, options: SqliteOptions) -> SqliteOptions {
        on_disk(options, self.shared)
    }
}

#[cfg(test)]
mod tests {
    use crate::likes::names::{ARTICLE, USER};
    use crate::{
        run::run,
        world::{
            plan::{Action, CommitPoint, Fault, Host, Plan, single},
            record::EventKind,
        },
    };

    /// The coordinator restarts while its disk is broken.
    fn cannot_start() -> Plan {
        let host = Host::COORDINATOR;
        let restart = Fault::Restart {
            host,
            down_millis: 200,
        };
        let broken = Fault::DiskError {
            host,
            millis: 1_100,
        };
        single(Action::Unlike, false)
            .with_fault(CommitPoint::after(host, "saga-log", 1), restart)
            .with_fault(CommitPoint::after(host, "saga-log", 1), broken)
    }

    fn crashing(host: Host) -> Plan {
        let crash = Fault::Crash {
            host,
            down_millis: 300,
        };
        let plan = single(Action::Like, true);
        plan.with_fault(CommitPoint::after(host, "steps", 1), crash)
    }

    #[test]
    fn a_run_does_not_depend_on_what_its_connection_did_before() {
        let plans = [
            single(Action::Like, false),
            cannot_start(),
            crashing(ARTICLE),
            crashing(USER),
        ];
        let hashes = || plans.clone().map(|plan| run(&plan).unwrap().hash);
        let first = std::thread::scope(|scope| scope.spawn(hashes).join().unwrap());
        assert_eq!(hashes(), first);
        assert_eq!(hashes(), first);
    }

    #[test]
    fn a_failed_start_records_nothing_of_the_test_process() {
        let record = run(&cannot_start()).unwrap();
        let failed = |kind: &EventKind| matches!(kind, EventKind::NotStarted { .. });
        assert!(record.events.iter().any(|event| failed(&event.kind)));
        assert_eq!(record.hash, run(&cannot_start()).unwrap().hash);
    }
}
