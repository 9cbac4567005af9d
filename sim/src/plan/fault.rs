//! Faults as data: what goes wrong, and when.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A machine of the simulated world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// Where the users are.
    Clients,
    /// The saga coordinator.
    Coordinator,
    /// The article service.
    Article,
    /// The user service.
    User,
    /// The network itself: what was held back or repeated comes from here.
    Network,
}

impl Host {
    /// The services, which can be killed.
    pub const SERVICES: [Self; 3] = [Self::Coordinator, Self::Article, Self::User];

    /// Its name in the simulated DNS.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Coordinator => "coordinator",
            Self::Article => "article",
            Self::User => "user",
            Self::Network => "network",
        }
    }

    /// The machine of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [
            Self::Clients,
            Self::Coordinator,
            Self::Article,
            Self::User,
            Self::Network,
        ]
        .into_iter()
        .find(|host| host.name() == name)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a message asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A client's like.
    Like,
    /// A client's unlike.
    Unlike,
    /// The coordinator's question whether there is such an article.
    CheckArticle,
    /// The coordinator's question whether the user likes it already.
    CheckLike,
    /// A batch with an action.
    Do,
    /// A batch with a compensation.
    Undo,
    /// A batch with a seal.
    Seal,
    /// Anything else.
    Other,
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Like => "like",
            Self::Unlike => "unlike",
            Self::CheckArticle => "check article",
            Self::CheckLike => "check like",
            Self::Do => "do",
            Self::Undo => "undo",
            Self::Seal => "seal",
            Self::Other => "other",
        })
    }
}

/// Before or after the moment that a cut point names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Before the commit; as the request leaves.
    Before,
    /// After the commit; as the reply arrives.
    After,
}

/// A place in the traffic: the `nth` message that fits, its request (before) or reply (after).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageCut {
    /// Who sends the request.
    pub from: Host,
    /// Who gets it.
    pub to: Host,
    /// What it asks for; anything if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<MessageKind>,
    /// The saga it belongs to, counted from 1 in the order of their first messages; any if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saga: Option<u32>,
    /// Which of the messages that fit, from 1.
    pub nth: u32,
    /// Its request or its reply.
    pub side: Side,
}

impl fmt::Display for MessageCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "request",
            Side::After => "reply",
        };
        write!(f, "{side} #{}", self.nth)?;
        if let Some(what) = self.what {
            write!(f, " of {what}")?;
        }
        if let Some(saga) = self.saga {
            write!(f, " of saga {saga}")?;
        }
        write!(f, " {}→{}", self.from, self.to)
    }
}

/// A place at a commit: the `nth` transaction of that name on that host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitCut {
    /// Whose database.
    pub host: Host,
    /// The transaction's name, for example `steps` or `saga-log`; any if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Which of the transactions that fit, from 1.
    pub nth: u32,
    /// Before or after its commit.
    pub side: Side,
}

impl fmt::Display for CommitCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        let what = self.what.as_deref().unwrap_or("any");
        write!(f, "{side} commit #{} of {what} at {}", self.nth, self.host)
    }
}

/// When a fault strikes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum Trigger {
    /// So many milliseconds after the workload began.
    At {
        /// Milliseconds.
        millis: u64,
    },
    /// At a message.
    Message(MessageCut),
    /// At a commit.
    Commit(CommitCut),
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { millis } => write!(f, "at {millis} ms"),
            Self::Message(cut) => cut.fmt(f),
            Self::Commit(cut) => cut.fmt(f),
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
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
    /// The request arrives, and once more much later, whatever became of its sender.
    ReplayLate {
        /// Milliseconds later.
        millis: u64,
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
    /// The process is killed, and started again later.
    Crash {
        /// Which one.
        host: Host,
        /// Down for so long.
        down_millis: u64,
    },
}

/// The kinds of faults, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// [`Fault::LoseRequest`]
    LoseRequest,
    /// [`Fault::LoseReply`]
    LoseReply,
    /// [`Fault::Duplicate`]
    Duplicate,
    /// [`Fault::Delay`]
    Delay,
    /// [`Fault::ReplayLate`]
    ReplayLate,
    /// [`Fault::Partition`]
    Partition,
    /// [`Fault::PartitionOneWay`]
    PartitionOneWay,
    /// [`Fault::Crash`]
    Crash,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::LoseRequest,
        Self::LoseReply,
        Self::Duplicate,
        Self::Delay,
        Self::ReplayLate,
        Self::Partition,
        Self::PartitionOneWay,
        Self::Crash,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LoseRequest => "lose-request",
            Self::LoseReply => "lose-reply",
            Self::Duplicate => "duplicate",
            Self::Delay => "delay",
            Self::ReplayLate => "replay-late",
            Self::Partition => "partition",
            Self::PartitionOneWay => "partition-one-way",
            Self::Crash => "crash",
        }
    }

    /// What it does, in one sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::LoseRequest => "a request never arrives",
            Self::LoseReply => "a request takes effect, its reply never arrives",
            Self::Duplicate => "a request arrives several times",
            Self::Delay => "a request or reply is held back, later ones overtake it",
            Self::ReplayLate => "a request arrives once more much later, also after a restart",
            Self::Partition => "nothing passes between two machines",
            Self::PartitionOneWay => "nothing passes in one direction",
            Self::Crash => "a process is killed and started again",
        }
    }
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
            Self::ReplayLate { .. } => FaultKind::ReplayLate,
            Self::Partition { .. } => FaultKind::Partition,
            Self::PartitionOneWay { .. } => FaultKind::PartitionOneWay,
            Self::Crash { .. } => FaultKind::Crash,
        }
    }

    /// Whether it happens to the one message it strikes, not to the world.
    #[must_use]
    pub fn is_of_a_message(&self) -> bool {
        matches!(
            self,
            Self::LoseRequest
                | Self::LoseReply
                | Self::Duplicate { .. }
                | Self::Delay { .. }
                | Self::ReplayLate { .. }
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoseRequest => write!(f, "lose the request"),
            Self::LoseReply => write!(f, "lose the reply"),
            Self::Duplicate { copies } => write!(f, "duplicate {copies}×"),
            Self::Delay { millis } => write!(f, "delay by {millis} ms"),
            Self::ReplayLate { millis } => write!(f, "replay {millis} ms later"),
            Self::Partition { a, b, millis } => write!(f, "partition {a}↔{b} for {millis} ms"),
            Self::PartitionOneWay { from, to, millis } => {
                write!(f, "partition {from}→{to} for {millis} ms")
            }
            Self::Crash { host, down_millis } => write!(f, "crash {host} for {down_millis} ms"),
        }
    }
}

/// One fault of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
