//! The bounds of streams of events.

use std::time::Duration;

use super::ticket::TicketKey;
use crate::{
    bound::{Bound, BoundRow},
    time::Timestamp,
};

/// How long reading the log for a stream may take. Longer than any statement.
pub(super) const LOG_READ: Bound = Bound::new(
    "the log, read for a stream of events",
    Duration::from_secs(5),
);

/// How sagas are followed.
#[derive(Debug, Clone)]
pub struct EventsConfig {
    /// The streams that are open at one time. One more gets 503.
    pub streams_max: usize,
    /// The streams of one user that are open at one time. One more gets 429. Clients whose user is not known have half of all
    /// streams together.
    pub streams_per_user_max: usize,
    /// How often a stream without news sends a comment, so that no gateway takes it for dead.
    pub heartbeat: Duration,
    /// How often the log is read for a saga that this coordinator does not drive.
    pub log_interval: Duration,
    /// How long a stream lasts at the most. Its client comes back.
    pub longest: Duration,
    /// How long a client waits before it comes back. A jitter adds up to as much again: a process that stops loses all its clients
    /// at once.
    pub retry: Duration,
    /// How long a ticket is valid at the least; at the most twice as long.
    pub ticket_lifetime: Duration,
    /// What tickets are signed with. All coordinators of a log need the same key. `None`: no tickets are given or taken.
    pub ticket_key: Option<TicketKey>,
}

impl Default for EventsConfig {
    /// Without tickets.
    fn default() -> Self {
        Self {
            streams_max: 1_024,
            streams_per_user_max: 16,
            heartbeat: Duration::from_secs(15),
            log_interval: Duration::from_secs(1),
            longest: Duration::from_secs(600),
            retry: Duration::from_secs(1),
            ticket_lifetime: Duration::from_secs(900),
            ticket_key: None,
        }
    }
}

impl EventsConfig {
    /// When a ticket of this moment expires. The times are whole lifetimes, so that the answer with a ticket stays the same for a
    /// while, and so does its `ETag`.
    pub(super) fn ticket_expiry(&self, now: Timestamp) -> i64 {
        let lifetime = i64::try_from(self.ticket_lifetime.as_secs())
            .unwrap_or(i64::MAX)
            .max(1);
        let period = (now.0 / 1_000_000).div_euclid(lifetime);
        (period + 2) * lifetime
    }
}

/// The rows of the table of bounds.
pub(in crate::coordinator) fn bounds(config: &EventsConfig) -> Vec<BoundRow> {
    const CONSTANT: &str = "constant";
    vec![
        BoundRow::time(
            LOG_READ.name,
            LOG_READ.limit,
            CONSTANT,
            "503, or it is read again after the pause",
        ),
        BoundRow::time(
            "the pause between two reads of the log for a stream that is not live",
            config.log_interval,
            CONSTANT,
            "the log is read",
        ),
        BoundRow::time(
            "a stream of events without news",
            config.heartbeat,
            CONSTANT,
            "a comment is sent",
        ),
        BoundRow::time(
            "a stream of events",
            config.longest,
            CONSTANT,
            "it ends; the client comes back with `Last-Event-ID`",
        ),
        BoundRow::time(
            "the pause before a client of events comes back",
            config.retry * 2,
            "constant, with the jitter",
            "it comes back",
        ),
        BoundRow::time(
            "a ticket",
            config.ticket_lifetime * 2,
            "constant; at least half of it",
            "403; the transaction has a new one",
        ),
    ]
}
