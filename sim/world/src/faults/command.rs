//! Commands to the driver. Only the driver can touch the simulation, and only between two steps.

use std::time::Duration;

use crate::plan::Host;

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Termination {
    /// The process is killed: its sockets are closed, and what it wrote stays.
    Kill,
    /// The host loses power: its peers receive nothing, and what was not synced is lost.
    PowerLoss,
    /// The process is asked to stop, and finishes its open requests first.
    Stop,
    /// The process ends by itself, because another one has replaced it.
    TakenOver,
}

/// What the driver does at the next step boundary.
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
    /// Start one more coordinator on this host, and kill it after a while.
    StartSecond {
        /// The host.
        host: Host,
        /// How long it runs.
        lasts: Duration,
    },
    /// Partition two hosts.
    Partition {
        /// One host.
        a: Host,
        /// The other host.
        b: Host,
        /// Whether only messages from `a` to `b` are lost.
        one_way: bool,
        /// How long after the command it begins.
        after: Duration,
        /// How long it lasts.
        lasts: Duration,
    },
}
