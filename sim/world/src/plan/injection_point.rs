//! Injection points: the places at which a fault can be injected, before and after a message or a commit.
//!
//! Points count messages and commits instead of naming times. A plan therefore hits the same place after a change
//! that makes the product faster or slower.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Host, MessageKind};

/// Before or after a message or commit.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Before the commit, or when the request is sent.
    Before,
    /// After the commit, or when the reply arrives.
    After,
}

/// A point in the traffic: the request (before) or reply (after) of the `nth` message that matches.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct MessagePoint {
    /// The sender of the request.
    pub from: Host,
    /// The receiver of the request.
    pub to: Host,
    /// What it asks for. Any kind if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<MessageKind>,
    /// The number of its saga, from 1 in the order of first messages. Any saga if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saga: Option<u32>,
    /// The number among the messages that match, from 1.
    pub nth: u32,
    /// After that message, also every `every`th one that matches. With `nth` 3 and `every` 3, every third one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
    /// The request or the reply.
    pub side: Side,
}

impl MessagePoint {
    /// The `nth` request of a kind on a link.
    #[must_use]
    pub fn request(from: Host, to: Host, what: MessageKind, nth: u32) -> Self {
        Self {
            from,
            to,
            what: Some(what),
            saga: None,
            nth,
            every: None,
            side: Side::Before,
        }
    }

    /// The reply to the `nth` request of a kind on a link.
    #[must_use]
    pub fn reply(from: Host, to: Host, what: MessageKind, nth: u32) -> Self {
        Self {
            side: Side::After,
            ..Self::request(from, to, what, nth)
        }
    }

    /// The same point, counting only the messages of one saga.
    #[must_use]
    pub fn of_saga(self, saga: u32) -> Self {
        Self {
            saga: Some(saga),
            ..self
        }
    }

    /// Whether the `matched`th message that matches is at this point.
    #[must_use]
    pub fn is_due(&self, matched: u32) -> bool {
        match self.every {
            None => matched == self.nth,
            Some(every) => matched >= self.nth && (matched - self.nth).is_multiple_of(every.max(1)),
        }
    }
}

impl fmt::Display for MessagePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "request",
            Side::After => "reply",
        };
        match self.every {
            None => write!(f, "{side} #{}", self.nth)?,
            Some(1) => write!(f, "every {side} from #{}", self.nth)?,
            Some(every) => write!(f, "every {every}th {side} from #{}", self.nth)?,
        }
        if let Some(what) = self.what {
            write!(f, " of {what}")?;
        }
        if let Some(saga) = self.saga {
            write!(f, " of saga {saga}")?;
        }
        write!(f, " {}→{}", self.from, self.to)
    }
}

/// The read of the saga log by which a coordinator finds the open sagas that it must drive.
pub const SCAN: &str = "list-sagas";

/// A point at a commit: before or after the `nth` transaction of a name on a host.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct CommitPoint {
    /// The host that commits.
    pub host: Host,
    /// The name of the transaction, for example `steps` or `saga-log`, or of a read: `list-sagas`. Any if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<Cow<'static, str>>,
    /// The number among the transactions that match, from 1.
    pub nth: u32,
    /// Before or after the commit.
    pub side: Side,
}

impl CommitPoint {
    /// Just before the `nth` commit of a transaction of this name.
    #[must_use]
    pub fn before(host: Host, what: &str, nth: u32) -> Self {
        Self {
            host,
            what: Some(what.to_owned().into()),
            nth,
            side: Side::Before,
        }
    }

    /// What happens at the point: nearly always a commit.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self.what.as_deref() {
            Some(SCAN) => "read",
            _ => "commit",
        }
    }

    /// Just after the `nth` commit of a transaction of this name.
    #[must_use]
    pub fn after(host: Host, what: &str, nth: u32) -> Self {
        Self {
            side: Side::After,
            ..Self::before(host, what, nth)
        }
    }
}

impl fmt::Display for CommitPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        let what = self.what.as_deref().unwrap_or("any");
        let noun = self.noun();
        write!(f, "{side} {noun} #{} of {what} at {}", self.nth, self.host)
    }
}

/// A point of a run at which a fault can be injected.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum InjectionPoint {
    /// At the request or reply of a message.
    Message(crate::plan::MessagePoint),
    /// Before or after a commit.
    Commit(crate::plan::CommitPoint),
}

impl std::fmt::Display for InjectionPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(point) => point.fmt(f),
            Self::Commit(point) => point.fmt(f),
        }
    }
}
