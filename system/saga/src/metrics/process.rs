//! What runs, and since when.

use super::{
    samples::{MetricSource, Samples},
    spec::MetricSpec,
};
use crate::{env::Clock, time::Timestamp};

pub(super) static BUILD: MetricSpec =
    MetricSpec::info("likewise_build", &["version"], "The version that runs");
/// The name is that of the client libraries of Prometheus.
pub(super) static STARTED: MetricSpec = MetricSpec::gauge(
    "process_start_time_seconds",
    &[],
    "When the process started, in seconds since 1970",
);

/// What runs, and since when.
pub struct ProcessInfo {
    version: &'static str,
    started_at: Timestamp,
}

impl ProcessInfo {
    /// A process of this version, which starts now.
    #[must_use]
    pub fn new(version: &'static str, clock: &dyn Clock) -> Self {
        Self {
            version,
            started_at: clock.now(),
        }
    }
}

impl MetricSource for ProcessInfo {
    fn collect(&self, samples: &mut Samples) {
        samples.info(&BUILD, &[self.version]);
        let seconds = self.started_at.0 as f64 / 1e6;
        samples.gauge(&STARTED, &[], seconds);
    }
}
