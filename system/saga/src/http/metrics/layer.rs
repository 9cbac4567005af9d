//! The layer around every route: the limit on bodies, and the counts of the route. It also tells the edge which route answers.
//!
//! axum makes one service of the layer for each handler. So a handler finds its counts once, at its first request, and later
//! reads a pointer. Both tasks share one layer because each layer costs every request two allocations.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
};

use axum::{
    extract::{DefaultBodyLimit, MatchedPath, Request},
    response::Response,
};
use tokio::time::Instant;
use tower::{Layer, Service};

use super::{
    HttpMetrics,
    requests::{RouteCounts, index},
};
use crate::trace::note_route;

/// Limits the bodies of requests, and counts them.
#[derive(Clone)]
pub(in crate::http) struct MeasureLayer {
    pub(in crate::http) metrics: Arc<HttpMetrics>,
    pub(in crate::http) body_bytes_max: usize,
}

/// A handler, its limit and its counts.
#[derive(Clone)]
pub(in crate::http) struct Measured<S> {
    inner: S,
    shared: Arc<Shared>,
}

struct Shared {
    layer: MeasureLayer,
    /// Known after the first request.
    counts: OnceLock<Arc<RouteCounts>>,
}

impl<S> Layer<S> for MeasureLayer {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Measured<S> {
        Measured {
            inner,
            shared: Arc::new(Shared {
                layer: self.clone(),
                counts: OnceLock::new(),
            }),
        }
    }
}

impl<S> Service<Request> for Measured<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Unpin>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let Shared { layer, counts } = &*self.shared;
        DefaultBodyLimit::max(layer.body_bytes_max).apply(&mut request);
        note_route(&request);
        let counts = counts.get_or_init(|| {
            let matched = request.extensions().get::<MatchedPath>();
            let template = matched.map(MatchedPath::as_str);
            layer.metrics.requests.route(template)
        });
        Answer {
            counts: Arc::clone(counts),
            method: index(request.method()),
            began: Instant::now(),
            answer: self.inner.call(request),
        }
    }
}

/// The answer of a handler. It is counted when its head is ready.
pub(in crate::http) struct Answer<F> {
    answer: F,
    counts: Arc<RouteCounts>,
    method: usize,
    began: Instant,
}

impl<F> Future for Answer<F>
where
    F: Future<Output = Result<Response, Infallible>> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok(response) = ready!(Pin::new(&mut self.answer).poll(context));
        let took = self.began.elapsed();
        self.counts.answered(self.method, response.status(), took);
        Poll::Ready(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::{http::fallbacks::with_fallbacks_measured, metrics::Metrics};

    async fn send(routes: &Router, method: &str, path: &str) -> u16 {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        routes
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .status()
            .as_u16()
    }

    #[tokio::test]
    async fn requests_are_counted_by_template_method_and_class() {
        let metrics = HttpMetrics::new("public");
        let busy = get(|| async { axum::http::StatusCode::SERVICE_UNAVAILABLE });
        let routes = Router::new()
            .route("/things/{id}", get(|| async {}))
            .route("/busy", busy);
        let routes = with_fallbacks_measured(routes, &metrics);
        for (method, path, status) in [
            ("GET", "/things/1", 200),
            ("GET", "/things/2", 200),
            ("HEAD", "/things/2", 200),
            ("POST", "/things/2", 405),
            ("BREW", "/things/2", 405),
            ("GET", "/busy", 503),
            ("GET", "/nothing/77", 404),
        ] {
            assert_eq!(send(&routes, method, path).await, status, "{method} {path}");
        }
        let text = Metrics::of(vec![metrics]).text();
        let requests: Vec<&str> = text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("likewise_http_requests_total{listener=\"public\",")
            })
            .collect();
        assert_eq!(
            requests,
            [
                "route=\"/busy\",method=\"GET\",status=\"5xx\"} 1",
                "route=\"/things/{id}\",method=\"GET\",status=\"2xx\"} 2",
                "route=\"/things/{id}\",method=\"HEAD\",status=\"2xx\"} 1",
                "route=\"/things/{id}\",method=\"POST\",status=\"4xx\"} 1",
                "route=\"/things/{id}\",method=\"other\",status=\"4xx\"} 1",
                "route=\"none\",method=\"GET\",status=\"4xx\"} 1",
            ],
            "{text}"
        );
        assert!(!text.contains("/nothing"), "{text}");
        let refused = "likewise_http_requests_refused_total{listener=\"public\",status=";
        assert!(text.contains(&format!("{refused}\"503\"}} 1")), "{text}");
        assert!(text.contains(&format!("{refused}\"429\"}} 0")), "{text}");
    }
}
