//! The registry of a process, and the route that shows it.

use std::{fmt, sync::Arc};

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, text},
    registry::Registry,
};

use super::samples::{MetricSource, Samples};

/// The path of the metrics on the admin listener.
pub const METRICS_PATH: &str = "/metrics";
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// The registry of a process.
pub struct Metrics(Registry);

/// The sources of a registry.
struct Sources(Vec<Arc<dyn MetricSource>>);

impl Metrics {
    /// A registry of these sources.
    #[must_use]
    pub fn of(sources: Vec<Arc<dyn MetricSource>>) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Sources(sources)));
        Self(registry)
    }

    /// The values of this moment, as OpenMetrics text. It waits for nothing outside the process.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail. A metric that could not be encoded would leave a text without its end.
        if let Err(error) = text::encode(&mut text, &self.0) {
            tracing::error!(%error, "the metrics could not be encoded");
        }
        text
    }
}

/// The route [`METRICS_PATH`].
pub fn routes(metrics: Metrics) -> Router {
    let metrics = Arc::new(metrics);
    let show = move || {
        let metrics = Arc::clone(&metrics);
        async move { page(&metrics) }
    };
    Router::new().route(METRICS_PATH, get(show))
}

fn page(metrics: &Metrics) -> Response {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.text()).into_response()
}

impl Collector for Sources {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut samples = Samples::default();
        for source in &self.0 {
            source.collect(&mut samples);
        }
        samples.encode(&mut encoder)
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sources", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::metrics::{Counter, Histogram, MetricSpec};

    static TASKS: MetricSpec = MetricSpec::counter("tasks", &["kind"], "Tasks that ended");
    static DEPTH: MetricSpec = MetricSpec::gauge("depth", &[], "Tasks that wait");
    static TIMES: MetricSpec = MetricSpec::histogram("task_seconds", &["kind"], "Their times");
    static BUILD: MetricSpec = MetricSpec::info("build", &["version"], "What runs");

    /// A part with a kind of tasks.
    struct Part(&'static str, Counter, Histogram);

    impl MetricSource for Part {
        fn collect(&self, samples: &mut Samples) {
            samples.counter(&TASKS, &[self.0], &self.1);
            samples.number(&DEPTH, &[], 3);
            samples.histogram(&TIMES, &[self.0], &self.2);
            samples.info(&BUILD, &["1\"2"]);
        }
    }

    fn part(kind: &'static str, tasks: u64) -> Arc<dyn MetricSource> {
        let part = Part(kind, Counter::default(), Histogram::of_times());
        part.1.inc_by(tasks);
        part.2.observe_time(Duration::from_secs(2));
        Arc::new(part)
    }

    #[test]
    fn sources_of_one_metric_are_one_family() {
        let text = Metrics::of(vec![part("a", 1), part("b", 2), part("b", 3)]).text();
        let (head, times) = text.split_once("# HELP task_seconds").unwrap();
        let (times, tasks) = times.split_once("# HELP tasks ").unwrap();
        assert_eq!(
            format!("{head}# HELP tasks {tasks}"),
            "# HELP build What runs.\n# TYPE build info\nbuild_info{version=\"1\\\"2\"} 1\n\
             # HELP depth Tasks that wait.\n# TYPE depth gauge\ndepth 3.0\n\
             # HELP tasks Tasks that ended.\n# TYPE tasks counter\ntasks_total{kind=\"a\"} 1\ntasks_total{kind=\"b\"} 5\n# EOF\n"
        );
        for line in [
            "task_seconds_sum{kind=\"b\"} 4.0",
            "task_seconds_count{kind=\"b\"} 2",
            "task_seconds_bucket{le=\"1.0\",kind=\"b\"} 0",
            "task_seconds_bucket{le=\"2.5\",kind=\"b\"} 2",
            "task_seconds_bucket{le=\"+Inf\",kind=\"b\"} 2",
        ] {
            assert!(times.contains(&format!("\n{line}\n")), "{line}: {times}");
        }
    }
}
