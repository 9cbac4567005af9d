//! What the connections to a database count, and their state.

use super::{database::Database, idle_pool::PoolState};
use crate::metrics::{Counter, Histogram, MetricSource, MetricSpec, Samples};

pub(crate) static CONNECTIONS: MetricSpec = MetricSpec::gauge(
    "likewise_database_connections",
    &["database", "state"],
    "Connections of the pool: `in_use`, or `idle`. On SQLite those that read",
);
pub(crate) static CONNECTIONS_MAX: MetricSpec = MetricSpec::gauge(
    "likewise_database_connections_max",
    &["database"],
    "Connections that may be in use at one time",
);
pub(crate) static WAITING: MetricSpec = MetricSpec::gauge(
    "likewise_database_waiting",
    &["database"],
    "Requests that wait for a connection, and on SQLite for the writer too",
);
pub(crate) static ACQUIRE: MetricSpec = MetricSpec::histogram(
    "likewise_database_acquire_seconds",
    &["database"],
    "How long a request waited for a connection, or on SQLite for the writer",
);
pub(crate) static EXHAUSTED: MetricSpec = MetricSpec::counter(
    "likewise_database_exhausted",
    &["database"],
    "Requests for which no connection became free in time",
);
pub(crate) static THROWN_AWAY: MetricSpec = MetricSpec::counter(
    "likewise_database_connections_thrown_away",
    &["database"],
    "Connections that were closed because of an error or a failed test",
);
pub(crate) static REACHABLE: MetricSpec = MetricSpec::gauge(
    "likewise_database_reachable",
    &["database"],
    "0 if the last attempt to open a connection failed, or on SQLite the last write was given up",
);

/// What is counted of the waits for connections.
pub(super) struct WaitCounts {
    waiting: Counter,
    waited: Counter,
    pub(super) exhausted: Counter,
    times: Histogram,
}

impl Default for WaitCounts {
    fn default() -> Self {
        Self {
            waiting: Counter::default(),
            waited: Counter::default(),
            exhausted: Counter::default(),
            times: Histogram::of_times(),
        }
    }
}

/// A wait for a connection. Dropping it ends the wait, whatever came of it.
pub(super) struct Wait<'c> {
    counts: &'c WaitCounts,
    began: tokio::time::Instant,
}

impl WaitCounts {
    pub(super) fn begin(&self) -> Wait<'_> {
        self.waiting.inc();
        Wait {
            counts: self,
            began: tokio::time::Instant::now(),
        }
    }

    pub(super) fn collect(&self, samples: &mut Samples, database: &str) {
        let labels = [database];
        // Read in this order, a wait that ends in between does not count as less than nothing.
        let waited = self.waited.get();
        let waiting = self.waiting.get().saturating_sub(waited);
        samples.number(
            &WAITING,
            &labels,
            usize::try_from(waiting).unwrap_or(usize::MAX),
        );
        samples.histogram(&ACQUIRE, &labels, &self.times);
        samples.counter(&EXHAUSTED, &labels, &self.exhausted);
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.counts.times.observe_time(self.began.elapsed());
        self.counts.waited.inc();
    }
}

impl PoolState {
    pub(super) fn collect(self, samples: &mut Samples, database: &str) {
        samples.number(&CONNECTIONS, &[database, "in_use"], self.in_use);
        samples.number(&CONNECTIONS, &[database, "idle"], self.idle);
        samples.number(&CONNECTIONS_MAX, &[database], self.connections_max);
    }
}

impl MetricSource for Database {
    fn collect(&self, samples: &mut Samples) {
        self.collect_pool(samples);
    }
}
