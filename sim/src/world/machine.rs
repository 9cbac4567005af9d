//! A simulated machine: its disk, and the process that runs on it.

use std::sync::Arc;

use likewise_saga::store::SqliteHandle;
use tokio::sync::Mutex;

use super::{
    Boot, Instruments,
    ready::{Ready, migrated_image},
    seen::Seen,
};
use crate::{
    disk::{self, Disk, Keep},
    plan::{Host, Service},
};

/// A simulated machine.
pub struct Machine {
    /// The disk under its database.
    pub disk: Disk,
    /// Whether the database is a server's, which the service's processes have together: it outlives
    /// each of them.
    shared: bool,
    /// The database that the first process begins with, and whether it has begun.
    ready: Option<(Ready, bool)>,
    /// The files of the life that is, or will be next.
    pub files: disk::Boot,
    /// The process that runs, or ran last.
    pub process: Arc<Boot>,
    /// Whether it runs.
    pub up: bool,
}

impl Machine {
    /// The machines of one service, with an empty, migrated database; `as_usual`, if it is opened as the product's
    /// are.
    pub(super) fn of_service(
        service: Service,
        hosts: &[Host],
        as_usual: bool,
        instruments: Instruments,
    ) -> Vec<Self> {
        let shared = hosts.len() > 1;
        let ready = (!shared && as_usual).then(|| Ready::take(service, instruments));
        let (disk, files) = match &ready {
            Some(ready) => (ready.disk.clone(), ready.files.clone()),
            None => {
                let disk = Disk::from_image(migrated_image(service, shared));
                let files = disk.boot(Keep::Written);
                (disk, files)
            }
        };
        let mut ready = ready.map(|ready| (ready, false));
        let machine = |host: &Host| Self {
            disk: disk.clone(),
            shared,
            ready: ready.take(),
            files: files.clone(),
            process: Boot::new(*host, 0),
            up: true,
        };
        hosts.iter().map(machine).collect()
    }

    /// The process is over: its own disk goes on with what this leaves of it.
    pub fn next_life(&mut self, keep: Keep) {
        if !self.shared {
            self.files = self.disk.boot(keep);
        }
    }

    /// The connection that the first process begins with, once, and what it sees.
    pub(super) fn lend(&mut self) -> Option<(Arc<Mutex<SqliteHandle>>, Seen)> {
        let (ready, begun) = self.ready.as_mut()?;
        let first = !std::mem::replace(begun, true);
        first.then(|| (Arc::clone(&ready.writer), ready.seen.clone()))
    }

    /// The run is over: what can be used again is kept.
    pub(super) fn give_back(&mut self) {
        if let Some((ready, _)) = self.ready.take() {
            ready.give_back();
        }
    }
}
