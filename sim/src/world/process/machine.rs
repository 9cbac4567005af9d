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
        row_damage::RowDamage,
    },
};

/// A simulated machine.
pub struct Machine {
    /// The disk under its database. Replicas of a service share it.
    pub disk: Disk,
    /// Whether the replicas of a service share the database, as on a database server: then it outlives each process.
    shared: bool,
    /// The prepared database for the first process, and whether it has been lent.
    prepared: Option<(PreparedDatabase, bool)>,
    /// The file names of the current mount of the disk.
    pub files: disk::Mount,
    /// The current process, or the last one.
    pub process: Arc<Incarnation>,
    /// What somebody has done to a row of its database.
    pub(in crate::world) row_damage: RowDamage,
    /// Whether the process runs.
    pub up: bool,
}

impl Machine {
    /// The machines of one service, with an empty, migrated database. `takes_prepared` says whether the system may begin
    /// with a prepared one.
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
            row_damage: RowDamage::default(),
            up: true,
        };
        hosts.iter().map(machine).collect()
    }

    /// The process has ended: mounts its own disk again, with the data that `keep` leaves.
    ///
    /// A shared database stays as it is: the server under it did not end.
    pub fn remount(&mut self, keep: Keep) {
        if !self.shared {
            self.files = self.disk.remount(keep);
        }
    }

    /// The connection of the prepared database and its captured changes. Only the first call returns them.
    pub(in crate::world) fn lend_prepared_database(
        &mut self,
    ) -> Option<(Arc<Mutex<SqliteConnection>>, ChangeCapture)> {
        let (prepared, begun) = self.prepared.as_mut()?;
        let first = !std::mem::replace(begun, true);
        first.then(|| (Arc::clone(&prepared.writer), prepared.capture.clone()))
    }

    /// The run is over: returns the prepared database to the pool of this worker.
    ///
    /// The next run on this worker resets and reuses it: opening and migrating a database would be a large part of a
    /// short run.
    pub(in crate::world) fn return_prepared_database(&mut self) {
        if let Some((prepared, _)) = self.prepared.take() {
            prepared.return_to_pool();
        }
    }
}
