//! A simulated machine: its disk, and the process that runs on it.

use std::sync::Arc;

use super::Boot;
use crate::{
    disk::{self, Disk, Image, Keep},
    plan::Host,
};

/// A simulated machine.
pub struct Machine {
    /// Its disk; replicas of a service have one together.
    pub disk: Disk,
    /// The files of the life that is, or will be next.
    pub files: disk::Boot,
    /// The process that runs, or ran last.
    pub process: Arc<Boot>,
    /// Whether it runs.
    pub up: bool,
}

impl Machine {
    /// A machine with an empty, migrated database.
    pub(super) fn new(host: Host, image: &Image) -> Self {
        let disk = Disk::from_image(image);
        Self {
            files: disk.boot(Keep::Written),
            disk,
            process: Boot::new(host, 0),
            up: true,
        }
    }

    /// The process is over: the disk goes on with what this leaves of it.
    pub fn next_life(&mut self, keep: Keep) {
        self.files = self.disk.boot(keep);
    }
}
