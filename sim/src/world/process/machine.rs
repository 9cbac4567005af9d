//! A simulated machine: its disk, and the process that runs on it.

use std::sync::Arc;

use likewise_saga::store::SqliteConnection;
use tokio::sync::Mutex;

use super::incarnation::Incarnation;
use crate::world::{
    instruments::Instruments,
    plan::{Host, Service},
    storage::{
        change_capture::ChangeCapture,
        disk::{self, Disk, Keep},
        prepared::{PreparedDatabase, migrated_image},
    },
};

/// A simulated machine.
pub struct Machine {
    /// The disk under its database.
    pub disk: Disk,
    /// Whether the database is a server's, which the service's processes have together: it outlives
    /// each of them.
    shared: bool,
    /// The database that the first process begins with, and whether it has begun.
    prepared: Option<(PreparedDatabase, bool)>,
    /// The files of the life that is, or will be next.
    pub files: disk::Mount,
    /// The process that runs, or ran last.
    pub process: Arc<Incarnation>,
    /// Whether it runs.
    pub up: bool,
}

impl Machine {
    /// The machines of one service, with an empty, migrated database; `takes_prepared`, if it is opened as the product's
    /// are.
    pub(in crate::world) fn of_service(
        service: Service,
        hosts: &[Host],
        takes_prepared: bool,
        instruments: Instruments,
    ) -> Vec<Self> {
        let shared = hosts.len() > 1;
        let prepared =
            (!shared && takes_prepared).then(|| PreparedDatabase::take(service, instruments));
        let (disk, files) = match &prepared {
            Some(prepared) => (prepared.disk.clone(), prepared.files.clone()),
            None => {
                let disk = Disk::from_image(migrated_image(service, shared));
                let files = disk.remount(Keep::Written);
                (disk, files)
            }
        };
        let mut prepared = prepared.map(|prepared| (prepared, false));
        let machine = |host: &Host| Self {
            disk: disk.clone(),
            shared,
            prepared: prepared.take(),
            files: files.clone(),
            process: Incarnation::new(*host, 0),
            up: true,
        };
        hosts.iter().map(machine).collect()
    }

    /// The process is over: its own disk goes on with what this leaves of it.
    pub fn remount(&mut self, keep: Keep) {
        if !self.shared {
            self.files = self.disk.remount(keep);
        }
    }

    /// The connection that the first process begins with, once, and what it sees.
    pub(in crate::world) fn lend_prepared_database(
        &mut self,
    ) -> Option<(Arc<Mutex<SqliteConnection>>, ChangeCapture)> {
        let (prepared, begun) = self.prepared.as_mut()?;
        let first = !std::mem::replace(begun, true);
        first.then(|| (Arc::clone(&prepared.writer), prepared.capture.clone()))
    }

    /// The run is over: what can be used again is kept.
    pub(in crate::world) fn return_prepared_database(&mut self) {
        if let Some((prepared, _)) = self.prepared.take() {
            prepared.return_to_pool();
        }
    }
}
