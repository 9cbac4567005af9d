//! The kinds of faults and their families: for counting, for switching on and off, for help texts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a fault is about; a swarm switches whole families on and off.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// One message.
    Message,
    /// The links between machines.
    Network,
    /// A process.
    Process,
    /// A database, as a service sees it.
    Database,
    /// A disk, under the database.
    Disk,
    /// A machine's wall clock.
    Clock,
    /// A user and the user's client.
    Client,
}

impl Family {
    /// All of them.
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

/// Declares the kinds once: their order, families, names and sentences.
macro_rules! kinds {
    ($($kind:ident $family:ident $name:literal $about:literal)*) => {
        /// The kinds of faults, for counting.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum FaultKind {
            $(#[doc = $about] $kind,)*
        }

        impl FaultKind {
            /// All of them, family by family.
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

            /// What it is about.
            #[must_use]
            pub fn family(self) -> Family {
                match self { $(Self::$kind => Family::$family,)* }
            }
        }
    };
}

kinds! {
    LoseRequest Message "lose-request" "a request never arrives"
    LoseReply Message "lose-reply" "a request takes effect, its reply never arrives"
    Duplicate Message "duplicate" "a request arrives several times"
    Delay Message "delay" "a request or reply is held back, later ones overtake it"
    Reorder Message "reorder" "a request arrives after the next one on its link"
    ReplayLate Message "replay-late" "a request arrives once more much later, also after a restart"
    Truncate Message "truncate" "only the beginning of a request's or reply's body arrives"
    Forge Message "forge" "somebody on the way answers 5xx in the service's place"
    Partition Network "partition" "nothing passes between two machines"
    PartitionOneWay Network "partition-one-way" "nothing passes in one direction"
    SlowLink Network "slow-link" "everything between two machines takes longer"
    Flap Network "flap" "a link is cut and whole again, several times in a row"
    Crash Process "crash" "a process is killed and started again"
    PowerCut Process "power-cut" "a machine stops without a word and loses what was not synced"
    Pause Process "pause" "a process stands still and then goes on"
    Restart Process "restart" "a process is asked to stop, and started again"
    Zombie Process "zombie" "a coordinator stands still until another took over, and goes on beside it"
    LoseConnection Database "lose-connection" "the database connection breaks before or after a commit"
    Busy Database "busy" "another writer holds the database's lock"
    PoolExhausted Database "pool-exhausted" "no database connection becomes free in time"
    Outage Database "outage" "a database cannot be reached"
    SlowDatabase Database "slow-database" "every transaction takes longer"
    DiskFull Disk "disk-full" "a disk takes nothing more"
    DiskError Disk "disk-error" "writing to a disk fails"
    ClockSkew Clock "clock-skew" "a clock is wrong for a while"
    ClockDrift Clock "clock-drift" "a clock runs too fast or too slowly for a while"
    ClockJump Clock "clock-jump" "a clock jumps forth or back and stays wrong"
    Disconnect Client "disconnect" "a client leaves while it waits"
    DoubleClick Client "double-click" "a user sends the same request twice at once"
    RetryWithKey Client "retry-with-key" "a user asks again under the same Idempotency-Key"
    RetryWithoutKey Client "retry-without-key" "a user asks again without an Idempotency-Key"
}

impl FaultKind {
    /// Kinds that are part of what the users do: the workload plans them, not the list of faults.
    pub const OF_THE_WORKLOAD: [Self; 3] =
        [Self::DoubleClick, Self::RetryWithKey, Self::RetryWithoutKey];
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: BTreeSet<_> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), FaultKind::ALL.len());
        assert!(FaultKind::ALL.is_sorted(), "families stand together");
    }

    #[test]
    fn every_family_has_kinds() {
        for family in Family::ALL {
            assert!(FaultKind::ALL.iter().any(|kind| kind.family() == family));
        }
    }
}
