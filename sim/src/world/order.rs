//! What the driver of a run must do at the next step boundary: only it can touch the simulation.

use std::time::Duration;

use crate::plan::Host;

/// Something the driver must do at the next step boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Kill a process and start it again after so long.
    Crash(Host, Duration),
    /// Part two machines for so long; in both directions unless `one_way`.
    Part {
        /// From here
        a: Host,
        /// to there
        b: Host,
        /// and, unless set, back.
        one_way: bool,
        /// For so long.
        lasts: Duration,
    },
}
