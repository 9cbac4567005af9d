//! Opens SQLite files on a simulated disk outside of a run, as the product opens them.
//!
//! The images of empty, migrated databases are made here, and the prepared databases (`prepared.rs`) are opened here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex as BlockingMutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use futures::{executor::block_on, future::BoxFuture};
use likewise_saga::store::{
    Database, DatabaseUrl, LockingMode, PoolConfig, Schema, SimulatorHooks, SqliteConnection,
    SqliteOptions, StoreError, StoreExecutor, Unit,
};
use tokio::sync::Mutex;

use super::{
    captured_tables,
    change_capture::ChangeCapture,
    disk::{Disk, Image, Keep, VFS_NAME},
};
use crate::system::ServiceSpec;

/// A service of the system with this name.
pub(crate) type ServiceOf = (&'static str, &'static ServiceSpec);
/// The names of the system and of the service, and a property: whether changes are captured, or the database is shared.
pub(crate) type Use = (&'static str, &'static str, bool);

/// The options for a file on a simulated disk.
///
/// A database that several processes share keeps a rollback journal: a write-ahead log needs shared memory, which the
/// disk does not have, or exclusive locks. Transactions never overlap, because each runs inside one poll. Each notices at
/// its start what other connections have changed.
pub(crate) fn on_disk(options: SqliteOptions, shared: bool) -> SqliteOptions {
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
pub(crate) fn migrated_image(service: ServiceOf, shared: bool) -> &'static Image {
    static IMAGES: BlockingMutex<BTreeMap<Use, &Image>> = BlockingMutex::new(BTreeMap::new());
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
    let opening = Arc::new(Opening {
        shared,
        is_captured: None,
        opened: BlockingMutex::default(),
    });
    open_database(&mount.path(schema.service), schema, &opening);
    // The files of the next mount are out of reach of the close, which would fold the log in.
    disk.remount(Keep::Written);
    drop(opening);
    disk.snapshot()
}

/// Opens a file of a service with the product's own `Database::open`. Returns its connection, and its captured changes if
/// they are wanted.
pub(super) fn open_captured(
    path: &str,
    service: &'static ServiceSpec,
    is_captured: bool,
) -> Opened {
    let opening = Arc::new(Opening {
        shared: false,
        is_captured: is_captured.then_some(service),
        opened: BlockingMutex::default(),
    });
    open_database(path, service.schema, &opening);
    opening.take()
}

/// Opens a database with the product's own `Database::open`. `opening` then has its connection.
fn open_database(path: &str, schema: Schema, opening: &Arc<Opening>) {
    let url = DatabaseUrl::Sqlite(path.into());
    let executor = Arc::clone(opening) as Arc<dyn StoreExecutor>;
    let opened = block_on(Database::open(
        &url,
        schema,
        PoolConfig::default(),
        executor,
    ));
    // A failure is a defect of the migrations: without a database there is nothing to simulate.
    if let Err(error) = opened {
        panic!("the {} database can be opened: {error}", schema.service);
    }
}

/// A connection and its captured changes.
pub(super) type Opened = (Option<Arc<Mutex<SqliteConnection>>>, ChangeCapture);

/// Storage outside of a run, for opening a database. It keeps the connection.
struct Opening {
    shared: bool,
    /// The service whose changes are captured, if they are wanted.
    is_captured: Option<&'static ServiceSpec>,
    opened: BlockingMutex<Opened>,
}

impl Opening {
    fn take(&self) -> Opened {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StoreExecutor for Opening {
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

impl SimulatorHooks for Opening {
    fn sqlite_options(&self, options: SqliteOptions) -> SqliteOptions {
        on_disk(options, self.shared)
    }

    fn sqlite_opened(
        &self,
        _: &'static str,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        if let Some(service) = self.is_captured {
            self.lock().1 = captured_tables::capture(service, connection)?;
        }
        Ok(())
    }

    fn sqlite_shared(&self, connection: &Arc<Mutex<SqliteConnection>>) {
        self.lock().0 = Some(Arc::clone(connection));
    }
}
