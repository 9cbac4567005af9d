//! What a metric is: its name, its labels and its meaning. The documentation is made from it.

use prometheus_client::metrics::MetricType;

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// It only rises while the process runs. Its samples end in `_total`.
    Counter,
    /// It rises and falls.
    Gauge,
    /// Counts of values in buckets. Its samples end in `_bucket`, `_sum` and `_count`.
    Histogram,
    /// Always 1; the labels are what it says. Its sample ends in `_info`.
    Info,
}

impl MetricKind {
    pub(super) fn metric_type(self) -> MetricType {
        match self {
            Self::Counter => MetricType::Counter,
            Self::Gauge => MetricType::Gauge,
            Self::Histogram => MetricType::Histogram,
            Self::Info => MetricType::Info,
        }
    }

    /// The kind in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }

    /// What follows the name of the metric in the name of a sample. Those of a histogram have several.
    #[must_use]
    pub fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Counter => &["_total"],
            Self::Gauge => &[""],
            Self::Histogram => &["_bucket", "_sum", "_count"],
            Self::Info => &["_info"],
        }
    }
}

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricSpec {
    /// The name, without the suffix of its samples.
    pub name: &'static str,
    /// The kind.
    pub kind: MetricKind,
    /// The names of its labels. Each has few values.
    pub labels: &'static [&'static str],
    /// One sentence, without a full stop.
    pub meaning: &'static str,
}

impl MetricSpec {
    /// A metric that only rises.
    #[must_use]
    pub const fn counter(
        name: &'static str,
        labels: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self::new(MetricKind::Counter, name, labels, meaning)
    }

    /// A metric that rises and falls.
    #[must_use]
    pub const fn gauge(
        name: &'static str,
        labels: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self::new(MetricKind::Gauge, name, labels, meaning)
    }

    /// A metric of values in buckets.
    #[must_use]
    pub const fn histogram(
        name: &'static str,
        labels: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self::new(MetricKind::Histogram, name, labels, meaning)
    }

    /// A metric whose labels are what it says.
    #[must_use]
    pub const fn info(
        name: &'static str,
        labels: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self::new(MetricKind::Info, name, labels, meaning)
    }

    const fn new(
        kind: MetricKind,
        name: &'static str,
        labels: &'static [&'static str],
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            labels,
            meaning,
        }
    }
}
