//! The lease: how long a leader may hold the saga log without renewing.
//!
//! ```text
//!  leader    renewed ───── renews, and renews again ───── stops ┊
//!            ├ renew interval ┤                        valid for
//!  standby      saw it ──────────────────────────────────────────── takes over
//!               ├──────────────────── duration ────────────────────┤
//! ```
//!
//! A leader counts from before it sent its renewal, a standby from after it read the row. So a leader
//! that is cut off stops before a standby begins, if their clocks run at about the same speed. Safety
//! does not depend on that: the epoch fences a leader that goes on for too long.

use std::time::Duration;

use axum::http::Uri;

use crate::store::IDLE_IN_TRANSACTION_TIMEOUT;

/// How several coordinators share one saga log: one is the leader, the others are standbys.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The base URL at which other coordinators reach this one, `http://HOST:PORT`. It must be
    /// different for each coordinator.
    pub advertise: Uri,
    /// How long the lease row must stay unchanged before a standby takes over.
    pub duration: Duration,
    /// How often the leader renews. At most half the duration, so that one renewal may fail.
    pub renew_every: Duration,
}

impl Lease {
    /// A lease of this duration that is renewed four times within it.
    #[must_use]
    pub fn new(advertise: Uri, duration: Duration) -> Self {
        Self {
            advertise,
            duration,
            renew_every: duration / 4,
        }
    }

    /// How long a leader goes on after its last renewal. One eighth of the duration is left for
    /// clocks of different speed and for requests in flight.
    pub(super) fn valid_for(&self) -> Duration {
        self.duration - self.duration / 8
    }

    /// How often a standby reads the row. Twice per renewal, so that it sees each renewal early.
    pub(super) fn read_interval(&self) -> Duration {
        self.renew_every / 2
    }

    /// How long the leader waits before it repeats a renewal that failed.
    pub(super) fn retry_interval(&self) -> Duration {
        self.renew_every / 4
    }

    /// How long a coordinator waits for the database when it reads, claims or releases the lease.
    ///
    /// The limit includes [`IDLE_IN_TRANSACTION_TIMEOUT`]: a process that is paused in the middle of an
    /// append keeps its lock on the row until PostgreSQL aborts the idle transaction.
    pub(super) fn answer_timeout(&self) -> Duration {
        self.duration + IDLE_IN_TRANSACTION_TIMEOUT
    }

    /// The longest time from the death of a leader to the claim of a standby, without what the database takes. The
    /// standby sees the last renewal up to a read interval after it was made.
    #[must_use]
    pub fn takeover_max(&self) -> Duration {
        self.duration + self.read_interval()
    }

    /// The address as the lease row stores it.
    pub(super) fn address(&self) -> String {
        self.advertise.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A failed renewal can be repeated before the lease ends, the leader stops before a standby may
    /// claim, and a standby sees every renewal.
    #[test]
    fn lease_times_leave_room_for_a_retry_and_for_clock_differences() {
        let second = Duration::from_secs(1);
        let lease = Lease::new(Uri::from_static("http://a:1"), 8 * second);
        assert_eq!(lease.renew_every, 2 * second);
        assert_eq!(lease.read_interval(), second);
        assert_eq!(lease.retry_interval(), second / 2);
        assert_eq!(lease.valid_for(), 7 * second);
        assert_eq!(lease.address(), "http://a:1/");
    }
}
