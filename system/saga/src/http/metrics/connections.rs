//! Connections: how many are open, and those that the limit closed.

use std::sync::{Arc, OnceLock, Weak};

use crate::{
    http::{
        limits::Limits,
        slots::{self, Open},
    },
    metrics::{Counter, MetricSpec, Samples},
};

pub(super) static OPEN: MetricSpec = MetricSpec::gauge(
    "likewise_http_connections_open",
    &["listener"],
    "Open connections, the reserve over the limit included",
);
pub(super) static MAX: MetricSpec = MetricSpec::gauge(
    "likewise_http_connections_max",
    &["listener"],
    "The limit on connections",
);
pub(super) static ACCEPTED: MetricSpec = MetricSpec::counter(
    "likewise_http_connections_accepted",
    &["listener"],
    "Connections that were accepted",
);
pub(super) static REFUSED: MetricSpec = MetricSpec::counter(
    "likewise_http_connections_refused",
    &["listener", "how"],
    "Connections over the limit: `answered` with 503, or `closed` without an answer",
);
pub(super) static EVICTED: MetricSpec = MetricSpec::counter(
    "likewise_http_connections_evicted",
    &["listener"],
    "Silent connections that were closed for another one, at the limit",
);

/// Connections of one listener.
#[derive(Default)]
pub(in crate::http) struct ConnectionCounts {
    pub(in crate::http) accepted: Counter,
    /// Over the limit, and answered with 503.
    pub(in crate::http) answered: Counter,
    /// Over the limit, and closed.
    pub(in crate::http) closed: Counter,
    pub(in crate::http) evicted: Counter,
    /// The open connections, once the listener serves.
    watched: OnceLock<(Limits, [Weak<Open>; 2])>,
}

impl ConnectionCounts {
    /// Reads the number of open connections from these lists.
    pub(in crate::http) fn watch(&self, limits: Limits, open: [&Arc<Open>; 2]) {
        // A listener is served once.
        let _ = self.watched.set((limits, open.map(Arc::downgrade)));
    }

    pub(super) fn collect(&self, samples: &mut Samples, listener: &str) {
        let labels = [listener];
        samples.counter(&ACCEPTED, &labels, &self.accepted);
        samples.counter(&REFUSED, &[listener, "answered"], &self.answered);
        samples.counter(&REFUSED, &[listener, "closed"], &self.closed);
        samples.counter(&EVICTED, &labels, &self.evicted);
        if let Some((limits, open)) = self.watched.get() {
            let number = |open: &Weak<Open>| open.upgrade().map_or(0, |open| slots::number(&open));
            samples.number(&OPEN, &labels, open.iter().map(number).sum());
            samples.number(&MAX, &labels, limits.connections_max);
        }
    }
}
