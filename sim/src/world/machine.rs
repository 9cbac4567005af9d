//! A simulated machine: its disk, and the process that runs on it.

use std::sync::Arc;

use super::Boot;
use crate::{
    disk::{self, Disk, Image, Keep},
    plan::Host,
};

/// A simulated machine.
pub struct Machine {
    /// The disk under its database.
    pub disk: Disk,
    /// Whether the database is a server's, which the service's processes have together: it outlives
    /// each of them.
    shared: bool,
    /// The files of the life that is, or will be next.
    pub files: disk::Boot,
    /// The process that runs, or ran last.
    pub process: Arc<Boot>,
    /// Whether it runs.
    pub up: bool,
}

impl Machine {
    /// The machines of one service, with an empty, migrated database.
    pub(super) fn of_service(hosts: &[Host], image: &Image) -> Vec<Self> {
        let disk = Disk::from_image(image);
        let files = disk.boot(Keep::Written);
        let machine = |host: &Host| Self {
            disk: disk.clone(),
            shared: hosts.len() > 1,
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
}
