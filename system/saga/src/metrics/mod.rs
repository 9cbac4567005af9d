//! Metrics: what a process counts and measures, as OpenMetrics text.
//!
//! ```text
//!  a part of the kit: atomics ──► MetricSource ──┐
//!  a part of the product ───────► MetricSource ──┴─► Metrics (a registry) ──► GET /metrics
//! ```
//!
//! Counting is always on: an atomic addition costs less than to ask whether somebody reads it. The sets of labels are resolved when
//! a part starts, so a request looks nothing up, locks nothing and allocates nothing. Only a scrape gathers the values. A state,
//! such as the number of open sagas, is not counted at all: a scrape reads it where it is.
//!
//! No label holds an id, and every set of labels is bounded. A registry is a value, so each process has its own.
//!
//! Files: `spec.rs` (what a metric is), `histogram.rs`, `samples.rs` (the values of one scrape), `page.rs` (the registry and the
//! route), `process.rs` (version and start), `table.rs` (all metrics of the kit). The metrics of a part are next to the part.

mod histogram;
mod page;
mod process;
mod samples;
mod spec;
mod table;

pub use histogram::Histogram;
pub use page::{METRICS_PATH, Metrics, routes};
pub use process::ProcessInfo;
pub use prometheus_client::metrics::counter::Counter;
pub use samples::{MetricSource, Samples};
pub use spec::{MetricKind, MetricSpec};
pub use table::METRICS;
