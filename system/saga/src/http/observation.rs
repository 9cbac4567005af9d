//! What a process notes of one request: a line in the log, and a span.
//!
//! Both are off by default: a process answers thousands of requests a second. The line has the target
//! [`ACCESS_TARGET`] and the level DEBUG. A request that carries a `traceparent` passes it on in any case.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method},
    response::Response,
};
use tokio::{task::futures::TaskLocalFuture, time::Instant};

use super::{LIVE_PATH, READY_PATH, edge::REQUEST_ID};
use crate::trace::{Observed, Span, SpanKind, TraceContext, Tracer};

/// The target of the line that is logged for each request.
pub(super) const ACCESS_TARGET: &str = "likewise::access";

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Requests that begin no trace: they come every second, or carry the steps of many traces.
const QUIET_PATHS: [&str; 7] = [
    LIVE_PATH,
    READY_PATH,
    "/metrics",
    "/v1/steps",
    "/v1/lookups",
    "/v1/watermarks",
    "/v1/barrier-rows",
];

/// One request that somebody wants to know about.
pub(super) struct Observation {
    observed: Arc<Observed>,
    span: Span,
    method: Method,
    path: String,
    since: Instant,
}

impl Observation {
    /// Reads the `traceparent` of a request, and puts that of its span in its place: a standby passes it on to the leader.
    ///
    /// `None` if nobody wants to know about the request.
    pub(super) fn begin(tracer: &Tracer, request: &mut Request) -> Option<Self> {
        let parent = parent(request.headers());
        let path = request.uri().path();
        let is_traced = tracer.is_on() && !QUIET_PATHS.contains(&path);
        let is_logged = tracing::enabled!(target: ACCESS_TARGET, tracing::Level::DEBUG);
        if parent.is_none() && !is_traced && !is_logged {
            return None;
        }
        let (path, method) = (path.to_owned(), request.method().clone());
        let mut span = match parent.is_some() || is_traced {
            true => tracer.start(parent, SpanKind::Server, ""),
            false => Span::unrecorded(None),
        };
        if span.is_recorded() {
            span.set("http.request.method", method.as_str().to_owned());
            span.set("url.scheme", "http");
            span.set("url.path", path.clone());
            let id = request.headers().get(REQUEST_ID);
            let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
            span.set("likewise.request_id", id.to_owned());
        }
        let context = span.context();
        if let Some(text) = context.and_then(|context| context.to_string().try_into().ok()) {
            let _: Option<HeaderValue> = request.headers_mut().insert(TRACEPARENT, text);
        }
        Some(Self {
            observed: Arc::new(Observed::new(context)),
            span,
            method,
            path,
            since: Instant::now(),
        })
    }

    /// Makes the call of the routes a part of this request.
    pub(super) fn observe<F: Future>(
        &self,
        call: impl FnOnce() -> F,
    ) -> TaskLocalFuture<Arc<Observed>, F> {
        self.observed.observe(call)
    }

    /// Notes the answer.
    pub(super) fn answered(self, response: &Response) {
        let Self {
            observed,
            mut span,
            method,
            path,
            since,
        } = self;
        let status = response.status();
        let (route, saga) = (observed.route(), observed.saga());
        if span.is_recorded() {
            span.rename(
                format!("{method} {}", route.unwrap_or_default())
                    .trim_end()
                    .to_owned(),
            );
            span.set("http.response.status_code", status.as_u16());
            if let Some(route) = route {
                span.set("http.route", route.to_owned());
            }
            if let Some(saga) = saga {
                span.set("likewise.saga.id", saga.to_string());
            }
            if status.is_server_error() {
                span.fail(status.as_str().to_owned());
            }
        }
        let text = tracing::field::display;
        let trace_id = observed
            .context
            .map(|context| format!("{:032x}", context.trace_id));
        tracing::debug!(
            target: ACCESS_TARGET,
            %method,
            path,
            route,
            status = status.as_u16(),
            micros = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX),
            saga = saga.map(text),
            trace_id,
            "answered"
        );
    }
}

/// The context that a request carries. The standard asks to ignore one that is not valid.
fn parent(headers: &HeaderMap) -> Option<TraceContext> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let value = values.next()?;
    match values.next() {
        None => value.to_str().ok()?.parse().ok(),
        Some(_) => None,
    }
}
