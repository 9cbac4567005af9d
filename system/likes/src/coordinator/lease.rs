//! The lease: how long a coordinator may hold the saga log without a sign of life.
//!
//! ```text
//!  holder    renewed ───── renews again, and again ───── stops ┊
//!            ├─ renew every ─┤                           held for
//!  standby      saw it ──────────────────────────────────────────── takes over
//!               ├──────────────────── duration ────────────────────┤
//! ```
//!
//! A holder counts from before it sent its renewal, a standby from after it saw it: so a holder
//! that is cut off stops before a standby begins, as long as their clocks run at nearly the same
//! speed. That is comfort, not safety: what protects the sagas is the epoch.

use std::time::Duration;

use axum::http::Uri;

/// How two coordinators share one saga log: one holds it, the others stand by.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Where the other coordinators reach this one, `http://HOST:PORT`; each has its own.
    pub advertise: Uri,
    /// How long the shard must have stood still before it is taken from its holder.
    pub duration: Duration,
    /// How often the holder renews; at most half the duration, so that one failure is borne.
    pub renew_every: Duration,
}

impl Lease {
    /// A lease of this duration, renewed four times in it.
    #[must_use]
    pub fn new(advertise: Uri, duration: Duration) -> Self {
        Self {
            advertise,
            duration,
            renew_every: duration / 4,
        }
    }

    /// How long after its last renewal a holder goes on: an eighth of the duration is left for
    /// clocks of different speed, and for what is under way.
    pub(super) fn held_for(&self) -> Duration {
        self.duration - self.duration / 8
    }

    /// How often a standby looks. Twice a renewal, so that it sees each one early.
    pub(super) fn look_every(&self) -> Duration {
        self.renew_every / 2
    }

    /// How soon a renewal that failed is tried again.
    pub(super) fn renew_again_after(&self) -> Duration {
        self.renew_every / 4
    }

    /// The address as it is stored.
    pub(super) fn address(&self) -> String {
        self.advertise.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is promised of the times of a lease: each failed renewal can be tried again before the end, the end comes
    /// before anybody may claim, and a standby sees every renewal.
    #[test]
    fn a_lease_is_renewed_seen_and_given_up_in_time() {
        let second = Duration::from_secs(1);
        let lease = Lease::new(Uri::from_static("http://a:1"), 8 * second);
        assert_eq!(lease.renew_every, 2 * second);
        assert_eq!(lease.look_every(), second);
        assert_eq!(lease.renew_again_after(), second / 2);
        assert_eq!(lease.held_for(), 7 * second);
        assert_eq!(lease.address(), "http://a:1/");
    }
}
