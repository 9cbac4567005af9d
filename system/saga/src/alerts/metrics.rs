//! What the leader counts of alerts.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use super::deliveries::Pending;
use crate::{
    metrics::{Counter, MetricSpec, Samples},
    time::Timestamp,
};

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

pub(crate) static OLDEST: MetricSpec = MetricSpec::gauge(
    "likewise_alert_oldest_age_seconds",
    &[],
    "Age of the oldest alert that is not delivered yet, when the leader last looked; 0 without one",
);

/// What a coordinator counts of alerts over all its terms.
#[derive(Default)]
pub(crate) struct AlertCounts {
    pub(super) delivered: Counter,
    pub(super) failed: Counter,
    pub(super) given_up: Counter,
    /// As the deliverer last read it.
    pending: AtomicU64,
    /// The age of the oldest of them, in microseconds.
    oldest_micros: AtomicU64,
}

impl AlertCounts {
    pub(super) fn note_pending(&self, pending: Pending, now: Timestamp) {
        let age = pending.oldest.map(|oldest| oldest.until(now));
        let micros = u64::try_from(age.unwrap_or_default().as_micros());
        self.pending.store(pending.count, Relaxed);
        self.oldest_micros
            .store(micros.unwrap_or(u64::MAX), Relaxed);
    }

    /// What only the leader knows is left out on a standby.
    pub(crate) fn collect(&self, samples: &mut Samples, is_leader: bool) {
        samples.counter(&DELIVERED, &[], &self.delivered);
        samples.counter(&FAILED, &[], &self.failed);
        samples.counter(&GIVEN_UP, &[], &self.given_up);
        if is_leader {
            let pending = usize::try_from(self.pending.load(Relaxed)).unwrap_or(usize::MAX);
            samples.number(&PENDING, &[], pending);
            let oldest = Duration::from_micros(self.oldest_micros.load(Relaxed));
            samples.gauge(&OLDEST, &[], oldest.as_secs_f64());
        }
    }
}
