//! Faults as data: what goes wrong. The [`Trigger`] of a fault says when.
//!
//! ```text
//!  of a message   lose, delay, reorder, repeat, truncate, answer instead of the service
//!  a moment       crash, power cut, restart, a lost database connection, a jump of a clock
//!  a while        partitions, slow links, pauses, outages, full disks, wrong clocks
//! ```
//!
//! A fault that lasts is active from its injection until its time is over or the run heals. All times are simulated
//! milliseconds.

mod display;
mod kind;
mod saga_column;
mod scope;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use kind::{Family, FaultKind};
pub use saga_column::SagaColumn;

use super::{Host, Trigger};

/// A fault: what goes wrong. Its [`Trigger`] says when.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The request never arrives. Its sender times out.
    LoseRequest,
    /// The request arrives and takes effect, but its reply never arrives.
    LoseReply,
    /// The request arrives, and copies of it shortly afterwards.
    Duplicate {
        /// The number of copies.
        copies: u32,
    },
    /// The message is held back, so that later ones overtake it.
    Delay {
        /// How long it is held back.
        millis: u64,
    },
    /// The request arrives after the next one on its link, or after a time-out if there is none.
    Reorder,
    /// The request arrives, and again much later, even if its sender has ended.
    ReplayLate {
        /// How much later the copy is sent.
        millis: u64,
    },
    /// Only the beginning of the body arrives.
    Truncate {
        /// The percentage of the body that arrives, 0 to 99.
        keep_percent: u8,
    },
    /// A proxy answers in the place of the service. At a request: the service never receives it. At a reply: the request
    /// took effect, and its sender gets another status.
    Forge {
        /// The HTTP status, 500 to 599.
        status: u16,
    },
    /// No message passes between two hosts.
    Partition {
        /// One host.
        a: Host,
        /// The other host.
        b: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// No message passes in one direction.
    PartitionOneWay {
        /// The sender whose messages are lost.
        from: Host,
        /// The receiver.
        to: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// Messages between two hosts take longer.
    SlowLink {
        /// One host.
        a: Host,
        /// The other host.
        b: Host,
        /// The extra latency of a request, and of a reply.
        latency_millis: u64,
        /// How long it lasts.
        millis: u64,
    },
    /// A link is partitioned and repaired, several times in a row.
    Flap {
        /// One host.
        a: Host,
        /// The other host.
        b: Host,
        /// The number of partitions.
        times: u32,
        /// How long each partition, and each pause between two, lasts.
        millis: u64,
    },
    /// The process is killed and started again later. Its sockets are closed, and what it wrote stays.
    Crash {
        /// The host.
        host: Host,
        /// How long it is down.
        down_millis: u64,
    },
    /// The host loses power: its peers receive nothing, and what was not synced is lost.
    PowerCut {
        /// The host.
        host: Host,
        /// How long it is down.
        down_millis: u64,
    },
    /// The process is paused and then resumes, as after a long garbage collection.
    Pause {
        /// The host.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// The process is asked to stop, finishes its open requests, and is started again.
    Restart {
        /// The host.
        host: Host,
        /// How long it is down.
        down_millis: u64,
    },
    /// The coordinator that holds the saga log is paused until another one has taken the log over. Then it resumes, while
    /// its successor runs.
    Zombie {
        /// How long it is paused at most.
        millis: u64,
    },
    /// The process accepts connections and requests, but answers none. A request that arrives while the fault is active is
    /// not worked on; one that is being worked on takes effect. Neither is ever answered, also not after the fault.
    AcceptAndNeverAnswer {
        /// The host.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// The coordinator is killed. While it is down, somebody damages the row of one open saga: the first one. When the run
    /// heals, the row is restored from a backup and the coordinator starts once more.
    UnreadableRow {
        /// The host of the coordinator.
        host: Host,
        /// The column that is damaged.
        column: SagaColumn,
        /// How long the coordinator is down.
        down_millis: u64,
    },
    /// An operator starts a second coordinator on the saga log, without a lease, and kills it later. It takes the log over.
    /// The first coordinator, if it has no lease, ends; the operator starts it again afterwards.
    SecondProcess {
        /// How long the second coordinator runs.
        millis: u64,
    },
    /// The connection to the database breaks at a commit. Before it: nothing was done. After it: the commit was made, and the
    /// service does not know.
    LoseConnection,
    /// Another writer holds the lock of the database: transactions are refused.
    Busy {
        /// The host of the database.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// No connection to the database becomes free in time.
    PoolExhausted {
        /// The host of the process.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// The database cannot be reached at all.
    Outage {
        /// The host of the database.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// Every transaction takes longer.
    SlowDatabase {
        /// The host of the database.
        host: Host,
        /// The extra latency of a transaction.
        extra_millis: u64,
        /// How long it lasts.
        millis: u64,
    },
    /// The database accepts statements and commits, and answers none until the fault ends.
    Hang {
        /// The host of the database.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// The connection to the database goes silent at a commit, for good. Before it: nothing is done. After it: the commit
    /// was made. Neither is ever answered. Later statements use another connection, which works.
    SilentConnection,
    /// The database refuses new connections. The process keeps the one over which it writes; everything else needs
    /// another one: its reads, and its start.
    TooManyClients {
        /// The host of the process.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// Somebody else holds a lock: every write waits for it, and reads go on.
    OutsiderLock {
        /// The host of the database.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// The database refuses one row of a transaction, and every write of that row until the fault ends: a constraint, a trigger
    /// or a damaged index refuses it. One item of a batch fails, and the others commit.
    RefusedRow {
        /// The number of the item in its transaction, from 1. The numbers go round in a smaller transaction.
        item: u32,
        /// How long it lasts.
        millis: u64,
    },
    /// The disk is full: every write fails.
    DiskFull {
        /// The host of the disk.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// The disk is broken: every write and every sync fails.
    DiskError {
        /// The host of the disk.
        host: Host,
        /// How long it lasts.
        millis: u64,
    },
    /// The wall clock is wrong for a while: it jumps twice.
    ClockSkew {
        /// The host of the clock.
        host: Host,
        /// The error. A negative one is behind.
        by_millis: i64,
        /// How long it lasts.
        millis: u64,
    },
    /// The wall clock runs too fast or too slowly for a while, and is then corrected.
    ClockDrift {
        /// The host of the clock.
        host: Host,
        /// The error of its rate in percent. Negative is too slow, −100 is stopped.
        percent: i64,
        /// How long it lasts.
        millis: u64,
    },
    /// The wall clock jumps and stays wrong until all faults end.
    ClockJump {
        /// The host of the clock.
        host: Host,
        /// The size of the jump. A negative one is back.
        by_millis: i64,
    },
    /// The client closes its connection while it waits.
    Disconnect {
        /// How long after its request.
        after_millis: u64,
    },
    /// The client declares a body, sends its first byte, and withholds the rest. In the end it closes its connection.
    WithheldBody {
        /// How long it withholds the body at most.
        millis: u64,
    },
}

/// One fault of a plan.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct PlannedFault {
    /// When it is due.
    pub trigger: Trigger,
    /// What goes wrong.
    pub fault: Fault,
}

impl fmt::Display for PlannedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.trigger, self.fault)
    }
}
