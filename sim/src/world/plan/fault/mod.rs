//! Faults as data: what goes wrong. When it does is its [`Trigger`].
//!
//! ```text
//!  of a message   lose, delay, reorder, repeat, cut short, answer instead of the service
//!  a moment       crash, power cut, restart, a lost database connection, a jump of a clock
//!  a while        partitions, slow links, pauses, outages, full disks, wrong clocks
//! ```
//!
//! A fault that lasts a while is in force from its strike until its time is over or the world heals.

mod kind;

use std::{fmt, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use kind::{Family, FaultKind};

use crate::world::plan::{Host, Trigger};

/// What goes wrong.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The request never arrives; its sender waits in vain.
    LoseRequest,
    /// The request arrives and takes effect; its reply never does.
    LoseReply,
    /// The request arrives, and copies of it shortly after.
    Duplicate {
        /// How many copies more.
        copies: u32,
    },
    /// The message takes longer, so that later ones overtake it.
    Delay {
        /// Milliseconds more.
        millis: u64,
    },
    /// The request arrives after the next one on its link, at the latest after a while.
    Reorder,
    /// The request arrives, and once more much later, whatever became of its sender.
    ReplayLate {
        /// Milliseconds later.
        millis: u64,
    },
    /// Only the beginning of the body arrives.
    Truncate {
        /// So many hundredths of it, 0 to 99.
        keep_percent: u8,
    },
    /// Somebody on the way answers in the service's place. Of a request: the service never gets
    /// it. Of a reply: it took effect, and its sender is told something else.
    Forge {
        /// The HTTP status, 500 to 599.
        status: u16,
    },
    /// Nothing passes between two machines.
    Partition {
        /// One of them.
        a: Host,
        /// The other.
        b: Host,
        /// For so long.
        millis: u64,
    },
    /// Nothing passes in one direction.
    PartitionOneWay {
        /// Whose messages are lost
        from: Host,
        /// on the way to this one.
        to: Host,
        /// For so long.
        millis: u64,
    },
    /// Everything between two machines takes longer.
    SlowLink {
        /// One of them.
        a: Host,
        /// The other.
        b: Host,
        /// A request, and a reply, takes so many milliseconds more.
        latency_millis: u64,
        /// For so long.
        millis: u64,
    },
    /// A link is cut and whole again, several times in a row.
    Flap {
        /// One end.
        a: Host,
        /// The other.
        b: Host,
        /// How often it is cut.
        times: u32,
        /// Each cut, and each pause between two, lasts so long.
        millis: u64,
    },
    /// The process is killed, and started again later. Its sockets are closed; what it wrote stays.
    Crash {
        /// Which one.
        host: Host,
        /// Down for so long.
        down_millis: u64,
    },
    /// The machine loses its power: nobody is told, and what was not synced is gone.
    PowerCut {
        /// Which one.
        host: Host,
        /// Down for so long.
        down_millis: u64,
    },
    /// The process stands still and then goes on, as after a long garbage collection.
    Pause {
        /// Which one.
        host: Host,
        /// For so long.
        millis: u64,
    },
    /// The process is asked to stop, ends its open requests, and is started again.
    Restart {
        /// Which one.
        host: Host,
        /// Down for so long.
        down_millis: u64,
    },
    /// The coordinator that holds the saga log stands still until another one has taken the log
    /// over, and then goes on beside its successor.
    Zombie {
        /// At most so long.
        millis: u64,
    },
    /// The connection to the database breaks at a commit. Before it: nothing was done. After it:
    /// it is done, and the service is not told.
    LoseConnection,
    /// Another writer holds the database's lock: transactions are refused.
    Busy {
        /// Whose database.
        host: Host,
        /// For so long.
        millis: u64,
    },
    /// No connection to the database becomes free in time.
    PoolExhausted {
        /// At which process.
        host: Host,
        /// For so long.
        millis: u64,
    },
    /// The database cannot be reached at all.
    Outage {
        /// Whose database.
        host: Host,
        /// For so long.
        millis: u64,
    },
    /// Every transaction takes longer.
    SlowDatabase {
        /// Whose database.
        host: Host,
        /// So many milliseconds more.
        extra_millis: u64,
        /// For so long.
        millis: u64,
    },
    /// The disk takes nothing more.
    DiskFull {
        /// Whose disk.
        host: Host,
        /// For so long.
        millis: u64,
    },
    /// Writing to the disk, and syncing it, fails.
    DiskError {
        /// Whose disk.
        host: Host,
        /// For so long.
        millis: u64,
    },
    /// The wall clock is wrong, then right again: it jumps twice.
    ClockSkew {
        /// Whose clock.
        host: Host,
        /// By so much; negative is behind.
        by_millis: i64,
        /// For so long.
        millis: u64,
    },
    /// The wall clock runs too fast or too slowly, then is put right.
    ClockDrift {
        /// Whose clock.
        host: Host,
        /// So many hundredths too fast; negative is too slow, −100 stands still.
        percent: i64,
        /// For so long.
        millis: u64,
    },
    /// The wall clock jumps and stays wrong, until the world heals.
    ClockJump {
        /// Whose clock.
        host: Host,
        /// By so much; negative is back.
        by_millis: i64,
    },
    /// The client leaves while it waits: its connection is closed.
    Disconnect {
        /// So long after its request left.
        after_millis: u64,
    },
}

impl Fault {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::LoseRequest => FaultKind::LoseRequest,
            Self::LoseReply => FaultKind::LoseReply,
            Self::Duplicate { .. } => FaultKind::Duplicate,
            Self::Delay { .. } => FaultKind::Delay,
            Self::Reorder => FaultKind::Reorder,
            Self::ReplayLate { .. } => FaultKind::ReplayLate,
            Self::Truncate { .. } => FaultKind::Truncate,
            Self::Forge { .. } => FaultKind::Forge,
            Self::Partition { .. } => FaultKind::Partition,
            Self::PartitionOneWay { .. } => FaultKind::PartitionOneWay,
            Self::SlowLink { .. } => FaultKind::SlowLink,
            Self::Flap { .. } => FaultKind::Flap,
            Self::Crash { .. } => FaultKind::Crash,
            Self::PowerCut { .. } => FaultKind::PowerCut,
            Self::Pause { .. } => FaultKind::Pause,
            Self::Restart { .. } => FaultKind::Restart,
            Self::Zombie { .. } => FaultKind::Zombie,
            Self::LoseConnection => FaultKind::LoseConnection,
            Self::Busy { .. } => FaultKind::Busy,
            Self::PoolExhausted { .. } => FaultKind::PoolExhausted,
            Self::Outage { .. } => FaultKind::Outage,
            Self::SlowDatabase { .. } => FaultKind::SlowDatabase,
            Self::DiskFull { .. } => FaultKind::DiskFull,
            Self::DiskError { .. } => FaultKind::DiskError,
            Self::ClockSkew { .. } => FaultKind::ClockSkew,
            Self::ClockDrift { .. } => FaultKind::ClockDrift,
            Self::ClockJump { .. } => FaultKind::ClockJump,
            Self::Disconnect { .. } => FaultKind::Disconnect,
        }
    }

    /// Whether it happens to the one message or commit it strikes, not to the world.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.kind().family() == Family::Message
            || matches!(self, Self::Disconnect { .. } | Self::LoseConnection)
    }

    /// How long it is in force; nothing, if it is over with its strike.
    #[must_use]
    pub fn lasts(&self) -> Option<Duration> {
        match *self {
            Self::SlowLink { millis, .. }
            | Self::Pause { millis, .. }
            | Self::Zombie { millis }
            | Self::Busy { millis, .. }
            | Self::PoolExhausted { millis, .. }
            | Self::Outage { millis, .. }
            | Self::SlowDatabase { millis, .. }
            | Self::DiskFull { millis, .. }
            | Self::DiskError { millis, .. }
            | Self::ClockSkew { millis, .. }
            | Self::ClockDrift { millis, .. } => Some(Duration::from_millis(millis)),
            // It ends when the world heals.
            Self::ClockJump { .. } => Some(Duration::MAX),
            _ => None,
        }
    }

    /// The machines it names.
    #[must_use]
    pub fn hosts(&self) -> Vec<Host> {
        let mut named = Vec::new();
        let _ = self.on_hosts(|host| {
            named.push(host);
            host
        });
        named
    }

    /// The same fault on other machines: `other` names one for each that it names.
    #[must_use]
    pub fn on_hosts(mut self, mut other: impl FnMut(Host) -> Host) -> Self {
        match &mut self {
            Self::Partition { a, b, .. }
            | Self::SlowLink { a, b, .. }
            | Self::Flap { a, b, .. }
            | Self::PartitionOneWay { from: a, to: b, .. } => {
                *a = other(*a);
                *b = other(*b);
            }
            Self::Crash { host, .. }
            | Self::PowerCut { host, .. }
            | Self::Pause { host, .. }
            | Self::Restart { host, .. }
            | Self::Busy { host, .. }
            | Self::PoolExhausted { host, .. }
            | Self::Outage { host, .. }
            | Self::SlowDatabase { host, .. }
            | Self::DiskFull { host, .. }
            | Self::DiskError { host, .. }
            | Self::ClockSkew { host, .. }
            | Self::ClockDrift { host, .. }
            | Self::ClockJump { host, .. } => *host = other(*host),
            Self::LoseRequest
            | Self::LoseReply
            | Self::Duplicate { .. }
            | Self::Delay { .. }
            | Self::Reorder
            | Self::ReplayLate { .. }
            | Self::Truncate { .. }
            | Self::Forge { .. }
            | Self::Zombie { .. }
            | Self::LoseConnection
            | Self::Disconnect { .. } => {}
        }
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoseRequest => write!(f, "lose the request"),
            Self::LoseReply => write!(f, "lose the reply"),
            Self::Duplicate { copies } => write!(f, "duplicate {copies}×"),
            Self::Delay { millis } => write!(f, "delay by {millis} ms"),
            Self::Reorder => write!(f, "let the next one overtake it"),
            Self::ReplayLate { millis } => write!(f, "replay {millis} ms later"),
            Self::Truncate { keep_percent } => write!(f, "cut the body to {keep_percent} %"),
            Self::Forge { status } => write!(f, "answer {status} in its place"),
            Self::Partition { a, b, millis } => write!(f, "partition {a}↔{b} for {millis} ms"),
            Self::PartitionOneWay { from, to, millis } => {
                write!(f, "partition {from}→{to} for {millis} ms")
            }
            Self::SlowLink {
                a,
                b,
                latency_millis,
                millis,
            } => write!(f, "slow {a}↔{b} by {latency_millis} ms for {millis} ms"),
            Self::Flap {
                a,
                b,
                times,
                millis,
            } => write!(f, "flap {a}↔{b} {times}× every {millis} ms"),
            Self::Crash { host, down_millis } => write!(f, "crash {host} for {down_millis} ms"),
            Self::PowerCut { host, down_millis } => {
                write!(f, "cut the power of {host} for {down_millis} ms")
            }
            Self::Pause { host, millis } => write!(f, "pause {host} for {millis} ms"),
            Self::Restart { host, down_millis } => {
                write!(f, "restart {host}, down for {down_millis} ms")
            }
            Self::Zombie { millis } => {
                write!(
                    f,
                    "freeze the driving coordinator until another took over, at most {millis} ms"
                )
            }
            Self::LoseConnection => write!(f, "lose the database connection"),
            Self::Busy { host, millis } => write!(f, "lock the database of {host} for {millis} ms"),
            Self::PoolExhausted { host, millis } => {
                write!(f, "exhaust the connections of {host} for {millis} ms")
            }
            Self::Outage { host, millis } => {
                write!(f, "take the database of {host} away for {millis} ms")
            }
            Self::SlowDatabase {
                host,
                extra_millis,
                millis,
            } => write!(
                f,
                "slow the database of {host} by {extra_millis} ms for {millis} ms"
            ),
            Self::DiskFull { host, millis } => write!(f, "fill the disk of {host} for {millis} ms"),
            Self::DiskError { host, millis } => {
                write!(f, "break the disk of {host} for {millis} ms")
            }
            Self::ClockSkew {
                host,
                by_millis,
                millis,
            } => write!(
                f,
                "set the clock of {host} {by_millis:+} ms for {millis} ms"
            ),
            Self::ClockDrift {
                host,
                percent,
                millis,
            } => write!(
                f,
                "let the clock of {host} run {percent:+} % for {millis} ms"
            ),
            Self::ClockJump { host, by_millis } => {
                write!(f, "let the clock of {host} jump {by_millis:+} ms")
            }
            Self::Disconnect { after_millis } => {
                write!(f, "the client leaves after {after_millis} ms")
            }
        }
    }
}

/// One fault of a plan.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// When it strikes.
    pub trigger: Trigger,
    /// What goes wrong.
    pub fault: Fault,
}

impl fmt::Display for PlannedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.trigger, self.fault)
    }
}
