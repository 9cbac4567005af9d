//! What a listener counts: its requests by route, and its connections.

mod connections;
mod layer;
mod requests;

use std::sync::Arc;

use crate::metrics::{MetricSource, MetricSpec, Samples};

pub(super) use connections::ConnectionCounts;
pub(super) use layer::MeasureLayer;
use requests::RequestCounts;

pub(crate) static SPECS: [&MetricSpec; 8] = [
    &requests::REQUESTS,
    &requests::TIMES,
    &requests::REFUSED,
    &connections::OPEN,
    &connections::MAX,
    &connections::ACCEPTED,
    &connections::REFUSED,
    &connections::EVICTED,
];

/// What one listener counts.
pub struct HttpMetrics {
    listener: &'static str,
    requests: RequestCounts,
    pub(super) connections: ConnectionCounts,
}

impl HttpMetrics {
    /// Nothing is counted yet. `listener` names the listener in the labels.
    #[must_use]
    pub fn new(listener: &'static str) -> Arc<Self> {
        Arc::new(Self {
            listener,
            requests: RequestCounts::default(),
            connections: ConnectionCounts::default(),
        })
    }
}

impl MetricSource for HttpMetrics {
    fn collect(&self, samples: &mut Samples) {
        self.requests.collect(samples, self.listener);
        self.connections.collect(samples, self.listener);
    }
}
