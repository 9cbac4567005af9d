//! Triggers: when a fault is due, at a time, at a message or at a commit.
//!
//! A place in the traffic is exact: just before or just after one commit makes the difference between nothing and an
//! effect that nobody was told of. A time is for faults that need no such place.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CommitPoint, Host, InjectionPoint, MessagePoint, Name, Side};

/// When a fault is due.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(tag = "when", rename_all = "snake_case")]
pub enum Trigger {
    /// At a time after the workload began.
    At {
        /// Milliseconds.
        millis: u64,
    },
    /// At a message.
    Message(MessagePoint),
    /// At a commit.
    Commit(CommitPoint),
}

impl Trigger {
    /// The same trigger on other hosts: `other` maps each of its hosts.
    #[must_use]
    pub fn on_hosts(mut self, mut other: impl FnMut(Host) -> Host) -> Self {
        match &mut self {
            Self::Message(point) => {
                point.from = other(point.from);
                point.to = other(point.to);
            }
            Self::Commit(point) => point.host = other(point.host),
            Self::At { .. } => {}
        }
        self
    }

    /// The class of the trigger: its place in words, without numbers. Coverage is counted by class.
    #[must_use]
    pub fn class(&self) -> String {
        match self {
            Self::At { .. } => "at a time".to_owned(),
            Self::Message(point) => {
                let side = match point.side {
                    Side::Before => "request",
                    Side::After => "reply",
                };
                let service = |host: Host| host.service().map_or(host.name(), Name::text);
                let (from, to) = (service(point.from), service(point.to));
                match point.what {
                    Some(what) => format!("{side} of {what} {from}→{to}"),
                    None => format!("{side} {from}→{to}"),
                }
            }
            Self::Commit(point) => {
                let side = match point.side {
                    Side::Before => "before",
                    Side::After => "after",
                };
                let at = point.host.service().map_or(point.host.name(), Name::text);
                format!(
                    "{side} {} of {} at {at}",
                    point.noun(),
                    point.what.as_deref().unwrap_or("any")
                )
            }
        }
    }
}

impl From<MessagePoint> for Trigger {
    fn from(point: MessagePoint) -> Self {
        Self::Message(point)
    }
}

impl From<InjectionPoint> for Trigger {
    fn from(point: InjectionPoint) -> Self {
        match point {
            InjectionPoint::Message(point) => Self::Message(point),
            InjectionPoint::Commit(point) => Self::Commit(point),
        }
    }
}

impl From<CommitPoint> for Trigger {
    fn from(point: CommitPoint) -> Self {
        Self::Commit(point)
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { millis } => write!(f, "at {millis} ms"),
            Self::Message(point) => point.fmt(f),
            Self::Commit(point) => point.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::MessageKind;
    use crate::testing::STORE;

    #[test]
    fn every_third_message_is_due() {
        let mut point = MessagePoint::reply(Host::COORDINATOR, STORE, MessageKind::DO, 3);
        let due = |point: &MessagePoint| {
            (1..=10)
                .filter(|matched| point.is_due(*matched))
                .collect::<Vec<_>>()
        };
        assert_eq!(due(&point), [3]);
        point.every = Some(3);
        assert_eq!(due(&point), [3, 6, 9]);
        assert_eq!(
            point.to_string(),
            "every 3th reply from #3 of do coordinator→store"
        );
    }
}
