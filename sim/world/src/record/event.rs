//! The event stream of a run: messages, commits, faults, and what the clients saw.
//!
//! The hash of a run covers every event: the place of each variant and of each field is part of it, their names are not. The
//! names of the fields that a system defines are part of it.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Row;
use crate::plan::{Fields, Host, MessageKind, Side};

/// The number of the messages that the harness sends itself, to probe a system at rest. No message of the system has it.
pub const PROBE: u64 = 0;

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When, in simulated microseconds since the run began.
    pub at_micros: u64,
    /// The host.
    pub host: Host,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// A short text from a small set. A run writes the same ones thousands of times, so it borrows them. A record that is read
/// from a file owns them.
pub type Word = Cow<'static, str>;

/// One step inside a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct StepNote {
    /// The number of the saga, from 1 in the order of first messages.
    pub saga: u32,
    /// The index of the step in its saga.
    pub step: usize,
    /// The operation: `do`, `undo` or `seal`.
    pub op: Word,
    /// The reply. Missing in a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Word>,
}

/// How a row changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOp {
    /// It was inserted.
    Insert,
    /// It was updated.
    Update,
    /// It was deleted.
    Delete,
}

/// A changed row of a database.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The table of the row.
    pub table: Word,
    /// How it changed.
    pub op: ChangeOp,
    /// The columns as a JSON object: after the change, or before it for a deleted row.
    #[schemars(with = "String")]
    pub row: Row,
}

/// The outcome of an operation, as far as its client knows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took effect, or was in effect already.
    Ok,
    /// It had no effect.
    Fail,
    /// It may have had an effect.
    Unknown,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A phase of the run began: `setup`, `faults`, `healed`, `probes`, `end`.
    Phase {
        /// Its name.
        name: String,
    },
    /// A process started.
    #[serde(rename = "booted")]
    Started {
        /// The number of the incarnation on its host, from 1.
        #[serde(rename = "boot")]
        incarnation: u32,
    },
    /// A service could not start, and is started again.
    NotStarted {
        /// Why.
        why: String,
    },
    /// A process was killed.
    Crashed,
    /// A host lost power.
    LostPower,
    /// A process stopped as it was asked to.
    Stopped,
    /// A fault of the plan was injected.
    #[serde(rename = "struck")]
    Injected {
        /// The fault's place in the plan.
        fault: usize,
        /// The fault in words.
        what: String,
    },
    /// A fault that lasts has expired.
    #[serde(rename = "eased")]
    Expired {
        /// The fault's place in the plan.
        fault: usize,
        /// The fault in words.
        what: String,
    },
    /// A partition began.
    #[serde(rename = "parted")]
    Partitioned {
        /// One host.
        a: Host,
        /// The other host.
        b: Host,
        /// Whether only messages from `a` to `b` are lost.
        one_way: bool,
    },
    /// A partition ended.
    #[serde(rename = "rejoined")]
    Reconnected {
        /// One host.
        a: Host,
        /// The other host.
        b: Host,
        /// Whether only messages from `a` to `b` are lost.
        one_way: bool,
    },
    /// A request was sent.
    Sent {
        /// The number of the message.
        message: u64,
        /// The receiver.
        to: Host,
        /// What it asks for.
        what: MessageKind,
        /// Its method and path.
        path: String,
        /// Its steps, if it is a batch.
        steps: Vec<StepNote>,
    },
    /// A request reached its service. A repeated request has one such event per delivery.
    Arrived {
        /// The number of the message.
        message: u64,
    },
    /// The answer of a service left it.
    Answered {
        /// The number of the message.
        message: u64,
        /// The HTTP status.
        status: u16,
    },
    /// A reply reached the sender of its request.
    Replied {
        /// The number of the message.
        message: u64,
        /// The HTTP status.
        status: u16,
        /// The replies to its steps, if it is a batch.
        steps: Vec<StepNote>,
    },
    /// The exchange failed, and no reply will arrive.
    Failed {
        /// The number of the message.
        message: u64,
        /// Why.
        why: String,
    },
    /// A request or reply was lost.
    Lost {
        /// The number of the message.
        message: u64,
        /// `Before`: the request. `After`: the reply.
        side: Side,
    },
    /// A request or reply is held back.
    #[serde(rename = "held")]
    Delayed {
        /// The number of the message.
        message: u64,
        /// `Before`: the request. `After`: the reply.
        side: Side,
        /// How long.
        millis: u64,
    },
    /// The network host delivered a request for whose answer nobody waits: a copy, or a request whose sender had given up.
    /// Or it delivered a probe of the harness.
    Repeated {
        /// The number of the message, 0 for a probe.
        message: u64,
        /// The HTTP status of the answer, 0 for none.
        status: u16,
        /// The replies to its steps, if it is a batch.
        steps: Vec<StepNote>,
    },
    /// A transaction was committed.
    Committed {
        /// The name of the transaction.
        what: Word,
        /// The rows it changed.
        changes: Vec<Change>,
    },
    /// A transaction was rolled back.
    RolledBack {
        /// The name of the transaction.
        what: Word,
        /// Why.
        why: String,
    },
    /// A client began an operation.
    Invoked {
        /// The operation's place in the workload.
        operation: usize,
        /// The number of the click, from 1.
        click: u32,
        /// What it does.
        #[serde(flatten)]
        what: Fields,
        /// The Idempotency-Key.
        key: Option<String>,
    },
    /// A client has a definite answer, or gave up.
    Returned {
        /// The operation's place in the workload.
        operation: usize,
        /// The number of the click, from 1.
        click: u32,
        /// The outcome.
        outcome: Outcome,
        /// The last HTTP status, 0 for none.
        status: u16,
        /// The body of the last reply.
        body: String,
    },
    /// A property was violated.
    Violated {
        /// The name of the property.
        property: String,
        /// What was seen.
        detail: String,
    },
    /// A coordinator told the prober whether it is ready, and had told it something else before.
    Readiness {
        /// The coordinator.
        of: Host,
        /// The HTTP status: 200 for ready.
        status: u16,
        /// Why it is not ready. Empty if it is.
        reason: String,
    },
    /// The reader has all pages of a read. The status is that of the last one.
    Read {
        /// The path of the first request.
        path: String,
        /// The HTTP status.
        status: u16,
    },
    /// Somebody damaged the row of a saga while the coordinator was down.
    RowDamaged {
        /// The number of the saga.
        saga: u32,
        /// The column.
        column: Word,
    },
    /// A coordinator without a lease was replaced by another one, and ended.
    TakenOver,
    /// The row of a saga was restored from a backup.
    RowRestored {
        /// The number of the saga.
        saga: u32,
    },
}
