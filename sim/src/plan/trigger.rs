//! When a fault strikes: at a time, at a message, or at a commit.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Host;

/// What a message asks for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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
    /// After that one, also each so manieth that fits: with `nth` and `every` 3, every third.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
    /// Its request or its reply.
    pub side: Side,
}

impl MessageCut {
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

impl fmt::Display for MessageCut {
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
pub struct CommitCut {
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

impl CommitCut {
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
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
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

impl Trigger {
    /// The same place on other machines: `other` names one for each that it names.
    #[must_use]
    pub fn on_hosts(mut self, mut other: impl FnMut(Host) -> Host) -> Self {
        match &mut self {
            Self::Message(cut) => {
                cut.from = other(cut.from);
                cut.to = other(cut.to);
            }
            Self::Commit(cut) => cut.host = other(cut.host),
            Self::At { .. } => {}
        }
        self
    }

    /// What kind of place it is, without its number: what coverage is counted by.
    #[must_use]
    pub fn class(&self) -> String {
        match self {
            Self::At { .. } => "at a time".to_owned(),
            Self::Message(cut) => {
                let side = match cut.side {
                    Side::Before => "request",
                    Side::After => "reply",
                };
                let service = |host: Host| host.service().map_or(host.name(), |s| s.name());
                let (from, to) = (service(cut.from), service(cut.to));
                match cut.what {
                    Some(what) => format!("{side} of {what} {from}→{to}"),
                    None => format!("{side} {from}→{to}"),
                }
            }
            Self::Commit(cut) => {
                let side = match cut.side {
                    Side::Before => "before",
                    Side::After => "after",
                };
                let at = cut.host.service().map_or(cut.host.name(), |s| s.name());
                format!(
                    "{side} commit of {} at {at}",
                    cut.what.as_deref().unwrap_or("any")
                )
            }
        }
    }
}

impl From<MessageCut> for Trigger {
    fn from(cut: MessageCut) -> Self {
        Self::Message(cut)
    }
}

impl From<CommitCut> for Trigger {
    fn from(cut: CommitCut) -> Self {
        Self::Commit(cut)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_third_is_every_third() {
        let mut cut = MessageCut::reply(Host::Coordinator, Host::User, MessageKind::Do, 3);
        let due = |cut: &MessageCut| {
            (1..=10)
                .filter(|seen| cut.is_due(*seen))
                .collect::<Vec<_>>()
        };
        assert_eq!(due(&cut), [3]);
        cut.every = Some(3);
        assert_eq!(due(&cut), [3, 6, 9]);
        assert_eq!(
            cut.to_string(),
            "every 3th reply from #3 of do coordinator→user"
        );
    }
}
