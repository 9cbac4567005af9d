//! A simulated machine: its disk, and the process that runs on it.

use std::sync::Arc;

use indexmap::IndexMap;
use likewise_saga::store::SqliteConnection;
use tokio::sync::Mutex;

use super::incarnation::Incarnation;
use crate::{
    hosts::Hosts,
    instruments::Instruments,
    plan::{Host, Name, Plan},
    storage::{
        change_capture::ChangeCapture,
        disk::{self, Disk, Keep},
        opening::migrated_image,
        prepared::PreparedDatabase,
        row_damage::RowDamage,
    },
    system::{ServiceSpec, System},
};

/// The machines of a run, in the order in which they start.
pub struct Machines(IndexMap<Host, Machine>);

impl Machines {
    /// One machine for each host, with an empty, migrated database. `takes_prepared` says whether the system may begin with
    /// a prepared one.
    pub(crate) fn new(
        system: &'static dyn System,
        (plan, hosts): (&Plan, &Hosts),
        takes_prepared: bool,
        instruments: Instruments,
    ) -> Self {
        let machines = system.services().iter().flat_map(|service| {
            let mut hosts = hosts.of(service.name).to_vec();
            let second = plan.second_coordinator();
            if service.name == Name::COORDINATOR {
                hosts.extend(second);
            }
            let key = (system.name(), service);
            let mut machines = Machine::of_service(key, &hosts, takes_prepared, instruments);
            for (host, machine) in hosts.iter().zip(&mut machines) {
                machine.up = second != Some(*host);
            }
            hosts.into_iter().zip(machines)
        });
        Self(machines.collect())
    }

    /// The machine of a host. `None` if the host has none.
    pub(crate) fn get_mut(&mut self, host: Host) -> Option<&mut Machine> {
        self.0.get_mut(&host)
    }

    /// The machine of a host. `None` if the host has none.
    pub(crate) fn get(&self, host: Host) -> Option<&Machine> {
        self.0.get(&host)
    }

    /// All machines, each with its host.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Host, &Machine)> {
        self.0.iter()
    }

    /// All machines.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Machine> {
        self.0.values_mut()
    }
}

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
    pub(crate) row_damage: RowDamage,
    /// Whether the process runs.
    pub up: bool,
}

impl Machine {
    /// The machines of one service of the system with this name.
    fn of_service(
        service: (&'static str, &'static ServiceSpec),
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
    pub(crate) fn lend_prepared_database(
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
    pub(crate) fn return_prepared_database(&mut self) {
        if let Some((prepared, _)) = self.prepared.take() {
            prepared.return_to_pool();
        }
    }
}
