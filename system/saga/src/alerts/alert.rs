//! What a person is told: that a saga is parked, or that a saga which was parked has ended.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{id::SagaId, time::Timestamp};

/// The identity of an alert, and of every message that tells it: the header `webhook-id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(pub Uuid);

impl AlertId {
    /// The identity of the alert of this kind about a saga. It begins with the time, so that identities are in its order.
    ///
    /// It draws no entropy. A saga has one alert of each kind, so nothing else is needed to tell two apart.
    pub(crate) fn new(saga: SagaId, kind: AlertKind, at: Timestamp) -> Self {
        let digest = Sha256::new()
            .chain_update(saga.0.as_bytes())
            .chain_update(kind.code().to_be_bytes())
            .finalize();
        let mut rest = [0; 10];
        for (to, from) in rest.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        Self::of_parts(at, rest)
    }

    /// The lowest identity of this time.
    pub(crate) fn lowest(at: Timestamp) -> Self {
        Self::of_parts(at, [0; 10])
    }

    fn of_parts(at: Timestamp, rest: [u8; 10]) -> Self {
        let millis = u64::try_from(at.0 / 1_000).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for AlertId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

/// What an alert tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// The saga is parked: a person should look at it.
    Parked,
    /// The saga has ended, so it is no longer parked.
    Recovered,
}

impl AlertKind {
    /// As the log stores it.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            Self::Parked => 0,
            Self::Recovered => 1,
        }
    }

    pub(crate) fn of_code(code: i64) -> Option<Self> {
        [Self::Parked, Self::Recovered]
            .into_iter()
            .find(|kind| kind.code() == code)
    }

    /// The type of its message.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parked => "saga.parked",
            Self::Recovered => "saga.recovered",
        }
    }
}

/// An alert. It never changes, so all its messages are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The identity.
    pub id: AlertId,
    /// The saga.
    pub saga: SagaId,
    /// What it tells.
    pub kind: AlertKind,
    /// The kind of the saga.
    pub saga_kind: String,
    /// The lock key of the saga.
    pub subject: String,
    /// The status of the saga when the alert was written. `unreadable` if the log had no valid one.
    pub status: &'static str,
    /// Why, in words.
    pub reason: String,
    /// Since when the saga is, or was, parked.
    pub parked_at: Timestamp,
    /// When the alert was written.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_unique_and_in_the_order_of_time() {
        let (one, two) = (SagaId(Uuid::from_u128(1)), SagaId(Uuid::from_u128(2)));
        let at = Timestamp(1_700_000_000_000_000);
        let first = AlertId::new(one, AlertKind::Parked, at);
        assert_eq!(first, AlertId::new(one, AlertKind::Parked, at));
        assert_ne!(first, AlertId::new(one, AlertKind::Recovered, at));
        assert_ne!(first, AlertId::new(two, AlertKind::Parked, at));
        let later = Timestamp(at.0 + 1_000);
        assert!(first < AlertId::lowest(later) && AlertId::lowest(at) < first);
        assert_eq!(first.0.get_version_num(), 7);
    }
}
