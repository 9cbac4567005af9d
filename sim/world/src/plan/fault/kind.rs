//! The kinds of faults and their families. Reports count by kind, and a swarm switches families and kinds on and off.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A family of faults.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// One message.
    Message,
    /// The links between hosts.
    Network,
    /// A process.
    Process,
    /// A database, as a service sees it.
    Database,
    /// A disk, under the database.
    Disk,
    /// The wall clock of a host.
    Clock,
    /// A client.
    Client,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 7] = [
        Self::Message,
        Self::Network,
        Self::Process,
        Self::Database,
        Self::Disk,
        Self::Clock,
        Self::Client,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Network => "network",
            Self::Process => "process",
            Self::Database => "database",
            Self::Disk => "disk",
            Self::Clock => "clock",
            Self::Client => "client",
        }
    }
}

/// Declares the kinds in one table: order, family, name and description. Without it, each would be in a separate match.
macro_rules! kinds {
    ($($kind:ident $family:ident $name:literal $about:literal)*) => {
        /// The kind of a fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum FaultKind {
            $(#[doc = $about] $kind,)*
        }

        impl FaultKind {
            /// All kinds, by family.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// What it does, in one sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$kind => $about,)* }
            }

            /// The family that it belongs to.
            #[must_use]
            pub fn family(self) -> Family {
                match self { $(Self::$kind => Family::$family,)* }
            }
        }
    };
}

kinds! {
    LoseRequest Message "lose-request" "a request never arrives"
    LoseReply Message "lose-reply" "a request takes effect, but its reply never arrives"
    Duplicate Message "duplicate" "a request arrives several times"
    Delay Message "delay" "a request or reply is held back, and later ones overtake it"
    Reorder Message "reorder" "a request arrives after the next one on its link"
    ReplayLate Message "replay-late" "a request arrives again much later, also after a restart"
    Truncate Message "truncate" "only the beginning of the body of a request or reply arrives"
    Forge Message "forge" "a proxy answers 5xx in the place of the service"
    Partition Network "partition" "no message passes between two hosts"
    PartitionOneWay Network "partition-one-way" "no message passes in one direction"
    SlowLink Network "slow-link" "messages between two hosts take longer"
    Flap Network "flap" "a link is partitioned and repaired, several times in a row"
    Crash Process "crash" "a process is killed and started again"
    PowerCut Process "power-cut" "a host stops without closing its sockets, and loses what was not synced"
    Pause Process "pause" "a process is paused and then resumes"
    Restart Process "restart" "a process is asked to stop, and is started again"
    Zombie Process "zombie" "a coordinator is paused until another has taken over, and then resumes with its stale epoch"
    AcceptAndNeverAnswer Process "accept-and-never-answer" "a process accepts requests and answers none of them"
    SecondProcess Process "second-process" "an operator starts a second coordinator on the saga log, without a lease"
    UnreadableRow Process "unreadable-row" "a coordinator is killed, and finds the row of an open saga damaged when it starts again"
    LoseConnection Database "lose-connection" "the database connection breaks before or after a commit"
    Busy Database "busy" "another writer holds the database's lock"
    PoolExhausted Database "pool-exhausted" "no database connection becomes free in time"
    Outage Database "outage" "a database cannot be reached"
    SlowDatabase Database "slow-database" "every transaction takes longer"
    Hang Database "hang" "no statement or commit of a database is answered until the fault ends"
    SilentConnection Database "silent-connection" "a database connection never answers again, and others work"
    TooManyClients Database "too-many-clients" "a database refuses new connections"
    OutsiderLock Database "outsider-lock" "somebody else holds a lock, and every write waits for it"
    RefusedRow Database "refused-row" "a database refuses one row for a while: one item of a batch fails, and the others commit"
    DiskFull Disk "disk-full" "every write to a disk fails because it is full"
    DiskError Disk "disk-error" "every write and sync of a disk fails"
    ClockSkew Clock "clock-skew" "a clock is wrong for a while"
    ClockDrift Clock "clock-drift" "a clock runs too fast or too slowly for a while"
    ClockJump Clock "clock-jump" "a clock jumps forward or back and stays wrong"
    Disconnect Client "disconnect" "a client closes its connection while it waits"
    WithheldBody Client "withheld-body" "a client sends the head of a request and withholds its body"
    DoubleClick Client "double-click" "a client sends the same request twice concurrently"
    RetryWithKey Client "retry-with-key" "a client retries with the same Idempotency-Key"
    RetryWithoutKey Client "retry-without-key" "a client retries without an Idempotency-Key"
    OverlappingRequests Client "overlapping-requests" "a client sends a request while its earlier one is not answered"
    SharedKey Client "shared-key" "a client sends an Idempotency-Key that another operation has used"
}

impl FaultKind {
    /// The kinds that are part of the workload, and not in the list of faults.
    pub const OF_THE_WORKLOAD: [Self; 5] = [
        Self::DoubleClick,
        Self::RetryWithKey,
        Self::RetryWithoutKey,
        Self::OverlappingRequests,
        Self::SharedKey,
    ];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_unique_name() {
        let names: BTreeSet<_> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), FaultKind::ALL.len());
    }

    #[test]
    fn the_kinds_of_a_family_are_adjacent_and_in_the_order_of_the_families() {
        let families = FaultKind::ALL.iter().map(|kind| kind.family());
        assert!(families.is_sorted());
    }

    #[test]
    fn every_family_has_kinds() {
        for family in Family::ALL {
            assert!(FaultKind::ALL.iter().any(|kind| kind.family() == family));
        }
    }
}
