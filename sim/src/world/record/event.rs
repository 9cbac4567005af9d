//! The event stream of a run: messages, commits, faults, and what the users saw.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Row;
use crate::world::plan::{Action, Host, MessageKind, Side};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When, in simulated microseconds since the world began.
    pub at_micros: u64,
    /// Where.
    pub host: Host,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// A word of a few. A run writes the same ones thousands of times: it borrows them, and a file that is read owns them.
pub type Word = Cow<'static, str>;

/// One step inside a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct StepNote {
    /// The saga, counted from 1 in the order of their first messages.
    pub saga: u32,
    /// The step's place.
    pub step: usize,
    /// What is asked.
    pub op: Word,
    /// What was answered; missing in a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Word>,
}

/// How a row changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOp {
    /// It is new.
    Insert,
    /// It is different.
    Update,
    /// It is gone.
    Delete,
}

/// A changed row of a database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Whose row.
    pub table: Word,
    /// How it changed.
    pub op: ChangeOp,
    /// Its columns as a JSON object: as they are now, of a deleted row as they were.
    #[schemars(with = "String")]
    pub row: Row,
}

/// What a user knows of an operation.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took effect, or was in effect already.
    Ok,
    /// It had no effect.
    Fail,
    /// It may have had one.
    Unknown,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A phase of the run began: `setup`, `faults`, `healed`, `probes`, `end`.
    Phase {
        /// Which.
        name: String,
    },
    /// A service started.
    #[serde(rename = "booted")]
    Started {
        /// For the how manieth time, from 1.
        #[serde(rename = "boot")]
        incarnation: u32,
    },
    /// A service could not be started; it is tried again.
    NotStarted {
        /// Why.
        why: String,
    },
    /// A process was killed.
    Crashed,
    /// A machine lost its power.
    LostPower,
    /// A process has stopped as it was asked to.
    Stopped,
    /// A fault of the plan struck.
    #[serde(rename = "struck")]
    Injected {
        /// Its place in the plan.
        fault: usize,
        /// It, in words.
        what: String,
    },
    /// A fault that lasted a while is over.
    #[serde(rename = "eased")]
    Expired {
        /// Its place in the plan.
        fault: usize,
        /// It, in words.
        what: String,
    },
    /// A partition began.
    #[serde(rename = "parted")]
    Partitioned {
        /// From here
        a: Host,
        /// to there
        b: Host,
        /// and, unless set, back.
        one_way: bool,
    },
    /// A partition ended.
    #[serde(rename = "rejoined")]
    Reconnected {
        /// From here
        a: Host,
        /// to there
        b: Host,
        /// and, unless set, back.
        one_way: bool,
    },
    /// A request left.
    Sent {
        /// The message's number.
        message: u64,
        /// Where to.
        to: Host,
        /// What it asks for.
        what: MessageKind,
        /// Its method and path.
        path: String,
        /// Its steps, if it is a batch.
        steps: Vec<StepNote>,
    },
    /// A request reached its service; of a repeated one, each time.
    Arrived {
        /// Of this message.
        message: u64,
    },
    /// A service's reply left it.
    Answered {
        /// Of this message.
        message: u64,
        /// The HTTP status.
        status: u16,
    },
    /// A reply arrived.
    Replied {
        /// Of this message.
        message: u64,
        /// The HTTP status.
        status: u16,
        /// Of each step, if it was a batch.
        steps: Vec<StepNote>,
    },
    /// No reply will arrive: the connection failed.
    Failed {
        /// Of this message.
        message: u64,
        /// Why.
        why: String,
    },
    /// A request or reply was lost.
    Lost {
        /// Of this message.
        message: u64,
        /// Before: the request; after: the reply.
        side: Side,
    },
    /// A request or reply is held back.
    #[serde(rename = "held")]
    Delayed {
        /// Of this message.
        message: u64,
        /// Before: the request; after: the reply.
        side: Side,
        /// For so long.
        millis: u64,
    },
    /// The network delivered a request for whose answer nobody waits: a copy, or one that was held
    /// back until its sender had given up.
    Repeated {
        /// Of this message.
        message: u64,
        /// What was answered, to nobody: the HTTP status, 0 for none.
        status: u16,
        /// Of each step, if it was a batch.
        steps: Vec<StepNote>,
    },
    /// A transaction was committed.
    Committed {
        /// Its name.
        what: Word,
        /// The rows it changed.
        changes: Vec<Change>,
    },
    /// A transaction was rolled back.
    RolledBack {
        /// Its name.
        what: Word,
        /// Why.
        why: String,
    },
    /// A user began an operation.
    Invoked {
        /// Its place in the workload.
        operation: usize,
        /// Which of its clicks, from 1.
        click: u32,
        /// Who.
        user: i64,
        /// What.
        action: Action,
        /// To which article.
        article: i64,
        /// Under which key.
        key: Option<String>,
    },
    /// A user knows how it ended.
    Returned {
        /// Its place in the workload.
        operation: usize,
        /// Which of its clicks, from 1.
        click: u32,
        /// What the user knows.
        outcome: Outcome,
        /// The last HTTP status, 0 for none.
        status: u16,
        /// The last reply's body.
        body: String,
    },
    /// A property was violated.
    Violated {
        /// Which.
        property: String,
        /// What was seen.
        detail: String,
    },
}
