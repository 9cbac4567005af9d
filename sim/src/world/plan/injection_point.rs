//! Places at which a fault can be injected: before and after a message or a commit.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Host, MessageKind};

/// Before or after the moment that a injection point names.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Before the commit; as the request leaves.
    Before,
    /// After the commit; as the reply arrives.
    After,
}

/// A place in the traffic: the `nth` message that fits, its request (before) or reply (after).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct MessagePoint {
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
    /// After that one, also each so manieth that fits: with `nth` and `every` 3, every third.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
    /// Its request or its reply.
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

    /// The same, counting only the messages of one saga.
    #[must_use]
    pub fn of_saga(self, saga: u32) -> Self {
        Self {
            saga: Some(saga),
            ..self
        }
    }

    /// Whether the message that is the `seen`th of those that fit is one to strike.
    #[must_use]
    pub fn is_due(&self, seen: u32) -> bool {
        match self.every {
            None => seen == self.nth,
            Some(every) => seen >= self.nth && (seen - self.nth).is_multiple_of(every.max(1)),
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

/// A place at a commit: the `nth` transaction of that name on that host.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct CommitPoint {
    /// Whose database.
    pub host: Host,
    /// The transaction's name, for example `steps` or `saga-log`; any if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<Cow<'static, str>>,
    /// Which of the transactions that fit, from 1.
    pub nth: u32,
    /// Before or after its commit.
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

    /// Just after it.
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
        write!(f, "{side} commit #{} of {what} at {}", self.nth, self.host)
    }
}

/// A place where a fault can strike, met in a run.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum InjectionPoint {
    /// A message's request or reply.
    Message(crate::world::plan::MessagePoint),
    /// Before or after a commit.
    Commit(crate::world::plan::CommitPoint),
}

impl std::fmt::Display for InjectionPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Message(point) => point.fmt(f),
            Self::Commit(point) => point.fmt(f),
        }
    }
}
