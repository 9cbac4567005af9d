//! What the driver of a run must do at the next step boundary: only it can touch the simulation.

use std::time::Duration;

use crate::world::plan::Host;

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Termination {
    /// It is killed: its sockets are closed, what it wrote stays.
    Kill,
    /// Its machine has no power: nobody is told, what was not synced is gone.
    PowerLoss,
    /// It was asked to stop, and ended its open requests first.
    Stop,
}

/// Something the driver must do at the next step boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriverCommand {
    /// End a process, and start it again after a while.
    Terminate {
        /// The host that the process runs on.
        host: Host,
        /// How it ends.
        termination: Termination,
        /// How long it stays down.
        down_for: Duration,
    },
    /// Part two machines for so long; in both directions unless `one_way`.
    Partition {
        /// From here
        a: Host,
        /// to there
        b: Host,
        /// and, unless set, back.
        one_way: bool,
        /// Not at once, but after so long.
        after: Duration,
        /// For so long.
        lasts: Duration,
    },
}
