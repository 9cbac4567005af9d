//! A standby passes a client's wish on to the coordinator that holds the saga log.
//!
//! ```text
//!  client ──► standby ── likewise-forwarded: 1 ──► holder
//!         ◄──         ◄──────── its answer ───────
//! ```
//!
//! One hop: two coordinators who each take the other for the holder must not send a wish to and fro.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Response as HttpResponse, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Coordinator;
use likewise_saga::{
    env::address,
    http::{Problem, RawBody},
};

/// Says that a wish was passed on already.
const FORWARDED: HeaderName = HeaderName::from_static("likewise-forwarded");

/// What is about one connection and not about the request (RFC 9110, 7.6.1), and what the client
/// of this process says itself.
const OF_THE_CONNECTION: [HeaderName; 9] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    header::CONTENT_LENGTH,
];

/// How much longer than the holder may take a standby waits for it: the way there and back.
const WAY: Duration = Duration::from_secs(1);

/// Lets the holder carry the request out, here or there.
pub(super) async fn to_holder(
    State(coordinator): State<Arc<Coordinator>>,
    request: Request,
    next: Next,
) -> Response {
    if coordinator.term().is_some() {
        return next.run(request).await;
    }
    match coordinator.forward(request).await {
        Ok(answer) => answer.map(Body::from),
        Err(problem) => problem.into_response(),
    }
}

impl Coordinator {
    async fn forward(&self, request: Request) -> Result<HttpResponse<Bytes>, Problem> {
        if request.headers().contains_key(FORWARDED) {
            return Err(Problem::unavailable(
                "Another coordinator passed this on, but this one does not hold the saga log; nothing was done, try again.",
            ));
        }
        let Some(holder) = self.holder() else {
            return Err(Problem::unavailable(
                "No coordinator holds the saga log now, one takes it over within the lease; nothing was done, try again.",
            ));
        };
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let to = address(&holder, path).map_err(|error| Problem::unavailable(error.to_string()))?;
        let request = passed_on(parts, to, body).await?;
        let exchange = self.env.http_client.exchange(request);
        let answered = tokio::time::timeout(self.config.answer_within + WAY, exchange).await;
        let failed = |why: String| {
            tracing::debug!(%holder, why, "the holder of the saga log did not answer");
            Problem::unknown_effect(
                "The coordinator that holds the saga log did not answer; the same request with the same Idempotency-Key is safe to repeat.",
            )
        };
        let mut answer = answered
            .map_err(|_| failed("too late".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        retain_end_to_end(answer.headers_mut());
        Ok(answer)
    }
}

/// The same request, to another address.
async fn passed_on(
    mut parts: Parts,
    to: axum::http::Uri,
    body: Body,
) -> Result<Request<Bytes>, Problem> {
    let mut headers = std::mem::take(&mut parts.headers);
    let method = parts.method.clone();
    let RawBody(body) = RawBody::from_request(Request::from_parts(parts, body), &()).await?;
    retain_end_to_end(&mut headers);
    headers.insert(FORWARDED, HeaderValue::from_static("1"));
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = to;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Takes out what is about one connection.
fn retain_end_to_end(headers: &mut HeaderMap) {
    for name in &OF_THE_CONNECTION {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_one_connection_is_not_passed_on() {
        let mut headers = HeaderMap::new();
        for name in OF_THE_CONNECTION {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        headers.insert("keep-alive", HeaderValue::from_static("x"));
        headers.insert("idempotency-key", HeaderValue::from_static("x"));
        retain_end_to_end(&mut headers);
        let left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["idempotency-key"]);
    }
}
