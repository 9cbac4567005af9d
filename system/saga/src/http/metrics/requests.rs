//! Requests by route, method and status.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::{Method, StatusCode};

use crate::metrics::{Counter, Histogram, MetricSpec, Samples};

pub(super) static REQUESTS: MetricSpec = MetricSpec::counter(
    "likewise_http_requests",
    &["listener", "route", "method", "status"],
    "Requests by the template of their route (`none` without one), method and class of status",
);
pub(super) static TIMES: MetricSpec = MetricSpec::histogram(
    "likewise_http_request_duration_seconds",
    &["listener", "route", "method"],
    "From the head of a request to that of its answer",
);
pub(super) static REFUSED: MetricSpec = MetricSpec::counter(
    "likewise_http_requests_refused",
    &["listener", "status"],
    "Answers with status 429 or 503, as far as the request reached a route",
);

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
const REFUSALS: [StatusCode; 2] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// Requests of one listener.
#[derive(Default)]
pub(super) struct RequestCounts {
    /// The routes that had a request. One may be there twice: a path with several methods has several handlers.
    routes: Mutex<Vec<Arc<RouteCounts>>>,
}

/// Requests of one route.
pub(super) struct RouteCounts {
    route: String,
    methods: [MethodCounts; METHODS.len()],
}

struct MethodCounts {
    classes: [Counter; CLASSES.len()],
    refusals: [Counter; REFUSALS.len()],
    times: Histogram,
}

impl RequestCounts {
    /// Adds a route. Called once for each handler.
    pub(super) fn route(&self, template: Option<&str>) -> Arc<RouteCounts> {
        let route = Arc::new(RouteCounts {
            route: template.unwrap_or("none").to_owned(),
            methods: std::array::from_fn(|_| MethodCounts {
                classes: Default::default(),
                refusals: Default::default(),
                times: Histogram::of_times(),
            }),
        });
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        routes.push(Arc::clone(&route));
        route
    }

    pub(super) fn collect(&self, samples: &mut Samples, listener: &str) {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        for status in REFUSALS {
            // There from the start, so that a rate has its first value.
            samples.count(&REFUSED, &[listener, status.as_str()], 0);
        }
        for counts in routes.iter() {
            for (method, of_method) in METHODS.iter().zip(&counts.methods) {
                of_method.collect(samples, [listener, &counts.route, method]);
            }
        }
    }
}

impl MethodCounts {
    fn collect(&self, samples: &mut Samples, labels: [&str; 3]) {
        let [listener, route, method] = labels;
        for (class, counter) in CLASSES.iter().zip(&self.classes) {
            samples.count_if_any(&REQUESTS, &[listener, route, method, class], counter);
        }
        for (status, counter) in REFUSALS.iter().zip(&self.refusals) {
            samples.count_if_any(&REFUSED, &[listener, status.as_str()], counter);
        }
        if self.times.count() > 0 {
            samples.histogram(&TIMES, &labels, &self.times);
        }
    }
}

impl RouteCounts {
    /// Counts an answer.
    pub(super) fn answered(&self, method: usize, status: StatusCode, took: Duration) {
        let counts = &self.methods[method];
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        counts.classes[class].inc();
        counts.times.observe_time(took);
        if let Some(refusal) = REFUSALS.iter().position(|refusal| *refusal == status) {
            counts.refusals[refusal].inc();
        }
    }
}

/// The place of a method in [`METHODS`].
pub(super) fn index(method: &Method) -> usize {
    let other = METHODS.len() - 1;
    let mut known = METHODS[..other].iter();
    let place = known.position(|known| *known == method.as_str());
    place.unwrap_or(other)
}
