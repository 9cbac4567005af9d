//! What the leader counts of alerts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::metrics::{Counter, MetricSpec, Samples};

pub(crate) static DELIVERED: MetricSpec = MetricSpec::counter(
    "likewise_alerts_delivered",
    &[],
    "Alerts that the webhook took",
);
pub(crate) static FAILED: MetricSpec = MetricSpec::counter(
    "likewise_alert_attempts_failed",
    &[],
    "Attempts at an alert that failed",
);
pub(crate) static GIVEN_UP: MetricSpec = MetricSpec::counter(
    "likewise_alerts_given_up",
    &[],
    "Alerts that are not sent any more, because every attempt failed or the webhook answered 410",
);
pub(crate) static PENDING: MetricSpec = MetricSpec::gauge(
    "likewise_alerts_pending",
    &[],
    "Alerts that are not delivered yet",
);

/// What a coordinator counts of alerts over all its terms.
#[derive(Default)]
pub(crate) struct AlertCounts {
    pub(super) delivered: Counter,
    pub(super) failed: Counter,
    pub(super) given_up: Counter,
    /// As the deliverer last read it.
    pending: AtomicU64,
}

impl AlertCounts {
    pub(super) fn note_pending(&self, alerts: u64) {
        self.pending.store(alerts, Relaxed);
    }

    /// What only the leader knows is left out on a standby.
    pub(crate) fn collect(&self, samples: &mut Samples, is_leader: bool) {
        samples.counter(&DELIVERED, &[], &self.delivered);
        samples.counter(&FAILED, &[], &self.failed);
        samples.counter(&GIVEN_UP, &[], &self.given_up);
        if is_leader {
            let pending = usize::try_from(self.pending.load(Relaxed)).unwrap_or(usize::MAX);
            samples.number(&PENDING, &[], pending);
        }
    }
}
