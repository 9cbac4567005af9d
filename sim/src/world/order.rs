//! What the driver of a run must do at the next step boundary: only it can touch the simulation.

use std::time::Duration;

use crate::plan::Host;

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// It is killed: its sockets are closed, what it wrote stays.
    Kill,
    /// Its machine has no power: nobody is told, what was not synced is gone.
    PowerLoss,
    /// It was asked to stop, and ended its open requests first.
    Stop,
}

/// Something the driver must do at the next step boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// End a process and start it again after so long.
    Down(Host, Death, Duration),
    /// Part two machines for so long; in both directions unless `one_way`.
    Part {
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
