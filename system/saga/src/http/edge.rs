//! The edge: what a process adds to every answer, and reads of every request, before its routes.
//!
//! ```text
//!  request ─► X-Request-Id, traceparent (read or made) ─► CORS, if configured ─► routes
//!  answer  ◄─ Date, X-Request-Id, jitter of Retry-After ◄────────────────────────┘
//! ```
//!
//! The routes do not know of it, and the simulator serves them without it. What it draws comes from a random stream of its own,
//! so a run has the same events with the edge and without it.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use futures::future::{BoxFuture, Either, FutureExt};
use tower::Service;
use tower_http::cors::Cors;
use tracing::Instrument;

use super::{
    Problem, cors::CorsOrigins, observation::Observation, problem::RETRY_AFTER_SECONDS,
    stopping::Stopping,
};
use crate::{env::Clock, random_stream::RandomStream, trace::Tracer};

/// The header that names a request, in the log and in the answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest `X-Request-Id`, in bytes.
pub const REQUEST_ID_BYTES_MAX: usize = 128;
/// How many seconds the jitter adds to `Retry-After` at the most. Clients that were refused together do not return together.
const RETRY_JITTER_SECONDS: u64 = 2;

/// Routes with the edge in front of them. Clones share it.
#[derive(Clone)]
pub struct Edge<S> {
    routes: S,
    cors: Option<Cors<S>>,
    tracer: Tracer,
    stopping: Stopping,
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    random: RandomStream,
    date: Mutex<(i64, HeaderValue)>,
}

impl<S: Clone> Edge<S> {
    /// The edge in front of these routes. `seed` begins its random stream. Without origins, no answer has CORS headers.
    pub fn new(routes: S, clock: Arc<dyn Clock>, seed: u64, cors: Option<&CorsOrigins>) -> Self {
        let shared = Shared {
            clock,
            random: RandomStream::new(seed),
            // No second has this number.
            date: Mutex::new((i64::MIN, HeaderValue::from_static(""))),
        };
        Self {
            cors: cors.map(|origins| tower::Layer::layer(&origins.layer(), routes.clone())),
            routes,
            tracer: Tracer::off(),
            stopping: Stopping::default(),
            shared: Arc::new(shared),
        }
    }

    /// The same edge, which makes a span of each request.
    #[must_use]
    pub fn traced(self, tracer: Tracer) -> Self {
        Self { tracer, ..self }
    }

    /// The same edge, which says that the process is not ready once it is about to stop.
    #[must_use]
    pub fn not_ready_once(self, stopping: Stopping) -> Self {
        Self { stopping, ..self }
    }
}

impl<S> Service<Request> for Edge<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        futures::ready!(self.routes.poll_ready(cx))?;
        self.cors
            .as_mut()
            .map_or(Poll::Ready(Ok(())), |cors| cors.poll_ready(cx))
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        let id = match request_id(request.headers()) {
            Ok(Some(id)) => id.clone(),
            Ok(None) => shared.request_id(),
            Err(problem) => {
                let id = shared.request_id();
                let mut response = problem.into_response();
                return async move {
                    shared.complete(response.headers_mut(), id);
                    Ok(response)
                }
                .boxed();
            }
        };
        if let Some(mut response) = self.stopping.answer(request.method(), request.uri().path()) {
            shared.complete(response.headers_mut(), id);
            return async move { Ok(response) }.boxed();
        }
        // A standby passes it on to the leader.
        request.headers_mut().insert(REQUEST_ID, id.clone());
        let span = tracing::info_span!("request", request_id = id.to_str().unwrap_or_default());
        let observation = Observation::begin(&self.tracer, &mut request);
        // The layer takes every OPTIONS for a preflight. One that is none is answered by the routes.
        let is_plain = request.method() == Method::OPTIONS
            && !request
                .headers()
                .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let call = || match &mut self.cors {
            Some(cors) if !is_plain => Either::Left(cors.call(request)),
            _ => Either::Right(self.routes.call(request)),
        };
        let answered = match &observation {
            Some(observation) => Either::Left(observation.observe(call)),
            None => Either::Right(call()),
        };
        let completed = async move {
            let mut response: Response<Body> = answered.await?;
            if let Some(observation) = observation {
                observation.answered(&response);
            }
            shared.complete(response.headers_mut(), id);
            Ok(response)
        };
        completed.instrument(span).boxed()
    }
}

impl Shared {
    fn request_id(&self) -> HeaderValue {
        let text = format!("{:032x}", self.random.draw());
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("none"))
    }

    /// Adds the headers that every answer has.
    fn complete(&self, headers: &mut HeaderMap, id: HeaderValue) {
        headers.insert(REQUEST_ID, id);
        headers.insert(header::DATE, self.date());
        let is_usual = |value: &&HeaderValue| **value == HeaderValue::from(RETRY_AFTER_SECONDS);
        if headers.get(header::RETRY_AFTER).filter(is_usual).is_some() {
            let jitter = self.random.next() % (RETRY_JITTER_SECONDS + 1);
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(u64::from(RETRY_AFTER_SECONDS) + jitter),
            );
        }
    }

    /// The time of an answer (RFC 9110, section 6.6.1). The text is made once a second.
    fn date(&self) -> HeaderValue {
        let second = self.clock.now().0.div_euclid(1_000_000);
        let mut last = self.date.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != second {
            let at = jiff::Timestamp::from_second(second).unwrap_or_default();
            let text = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            let value = HeaderValue::try_from(text);
            *last = (second, value.unwrap_or(HeaderValue::from_static("")));
        }
        last.1.clone()
    }
}

/// The id that the client gave its request.
///
/// # Errors
/// A 422: it is given more than once, or cannot be written to a log as it is.
fn request_id(headers: &HeaderMap) -> Result<Option<&HeaderValue>, Problem> {
    let mut ids = headers.get_all(REQUEST_ID).iter();
    let Some(id) = ids.next() else {
        return Ok(None);
    };
    let invalid = |reason: &str| Err(Problem::invalid("header", "X-Request-Id", reason));
    if ids.next().is_some() {
        return invalid("is given more than once");
    }
    let is_visible = id.as_bytes().iter().all(u8::is_ascii_graphic);
    if id.is_empty() || id.len() > REQUEST_ID_BYTES_MAX || !is_visible {
        return invalid("must have 1 to 128 visible ASCII characters");
    }
    Ok(Some(id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::{Router, http::StatusCode, routing::get};
    use tower::ServiceExt;

    use super::*;
    use crate::time::Timestamp;

    /// 1994-11-06, 08:49:37 UTC: the example of the RFC.
    struct Example;

    impl Clock for Example {
        fn now(&self) -> Timestamp {
            Timestamp(784_111_777_654_321)
        }
    }

    fn edge(cors: Option<&CorsOrigins>) -> Edge<Router> {
        let full = || async { Problem::overloaded("full", "requests", "concurrent-requests", 7) };
        let routes = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/full", get(full));
        let routes = crate::http::with_fallbacks(routes);
        Edge::new(routes, Arc::new(Example), 1, cors)
    }

    async fn send(edge: &Edge<Router>, request: axum::http::request::Builder) -> Response {
        let request = request.body(Body::empty()).unwrap();
        edge.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_answer_has_a_date_and_the_id_of_its_request() {
        let edge = edge(None);
        let given = send(&edge, Request::get("/").header("X-Request-Id", "mine-1")).await;
        assert_eq!(given.headers()["x-request-id"], "mine-1");
        assert_eq!(given.headers()["date"], "Sun, 06 Nov 1994 08:49:37 GMT");
        let mut made = BTreeSet::new();
        for path in ["/", "/none", "/full"] {
            let answer = send(&edge, Request::get(path)).await;
            let id = answer.headers()["x-request-id"].to_str().unwrap();
            assert_eq!(id.len(), 32);
            made.insert(id.to_owned());
        }
        assert_eq!(made.len(), 3, "{made:?}");
    }

    #[tokio::test]
    async fn an_id_that_would_spoil_the_log_is_refused() {
        let edge = edge(None);
        let long = "x".repeat(129);
        for wrong in ["", "two words", "a\tb", &long] {
            let answer = send(&edge, Request::get("/").header("X-Request-Id", wrong)).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert_eq!(answer.headers()["x-request-id"].len(), 32);
        }
        let twice = Request::get("/")
            .header("X-Request-Id", "a")
            .header("X-Request-Id", "b");
        assert_eq!(
            send(&edge, twice).await.status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }

    #[tokio::test]
    async fn refused_clients_are_told_different_times() {
        let edge = edge(None);
        let mut times = BTreeSet::new();
        for _ in 0..50 {
            let answer = send(&edge, Request::get("/full")).await;
            assert_eq!(
                answer.headers()["ratelimit-policy"],
                "\"requests\";q=7;qu=\"concurrent-requests\""
            );
            assert_eq!(answer.headers()["ratelimit"], "\"requests\";r=0;t=1");
            times.insert(answer.headers()["retry-after"].to_str().unwrap().to_owned());
        }
        assert_eq!(times.into_iter().collect::<Vec<_>>(), ["1", "2", "3"]);
    }

    #[tokio::test]
    async fn only_a_configured_origin_may_read_an_answer() {
        let origins: CorsOrigins = "https://shop.example".parse().unwrap();
        let edge = edge(Some(&origins));
        let from = |origin| Request::get("/").header("Origin", origin);
        let read = send(&edge, from("https://shop.example")).await;
        assert_eq!(
            read.headers()["access-control-allow-origin"],
            "https://shop.example"
        );
        let exposed = read.headers()["access-control-expose-headers"]
            .to_str()
            .unwrap();
        assert!(
            exposed.contains("location") && exposed.contains("x-request-id"),
            "{exposed}"
        );
        let other = send(&edge, from("https://other.example")).await;
        assert!(!other.headers().contains_key("access-control-allow-origin"));
    }

    #[tokio::test]
    async fn a_preflight_is_answered_and_a_plain_options_lists_the_methods() {
        let origins: CorsOrigins = "*".parse().unwrap();
        let edge = edge(Some(&origins));
        let options = || Request::options("/").header("Origin", "https://any.example");
        let preflight = options().header("Access-Control-Request-Method", "PUT");
        let preflight = send(&edge, preflight).await;
        assert_eq!(preflight.status(), StatusCode::OK);
        let allowed = preflight.headers()["access-control-allow-headers"]
            .to_str()
            .unwrap();
        assert!(
            allowed.contains("idempotency-key") && allowed.contains("x-user-id"),
            "{allowed}"
        );
        let plain = send(&edge, options()).await;
        assert_eq!(plain.status(), StatusCode::NO_CONTENT);
        assert_eq!(plain.headers()["allow"], "GET,HEAD");
    }
}
