//! Forwarding: a standby sends a client's request to the leader.
//!
//! ```text
//!  client ──► standby ── likewise-forwarded: 1 ──► leader
//!         ◄──         ◄────────── reply ──────────
//! ```
//!
//! A request is forwarded once. Otherwise two coordinators that each take the other for the leader would
//! forward it back and forth.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Response as HttpResponse, Uri, header, request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::instance::Coordinator;
use crate::{
    bound::{Bound, within},
    env::join_uri,
    http::{Problem, RawBody},
    security::show,
};

/// Marks a request that was forwarded.
const FORWARDED: HeaderName = HeaderName::from_static("likewise-forwarded");

/// Headers that are not forwarded: those of one connection (RFC 9110, section 7.6.1), and those that
/// this process's HTTP client sets itself.
const HOP_BY_HOP: [HeaderName; 9] = [
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

/// What a standby adds to the leader's time limit, for the network.
pub(super) const NETWORK_ALLOWANCE: Duration = Duration::from_secs(1);

/// Middleware: handles the request here on a leader, forwards it on a standby.
pub(super) async fn to_leader(
    State(coordinator): State<Arc<Coordinator>>,
    request: Request,
    next: Next,
) -> Response {
    if coordinator.leadership.term().is_some() {
        return next.run(request).await;
    }
    match coordinator.forward(request).await {
        Ok(reply) => reply.map(Body::from),
        Err(problem) => problem.into_response(),
    }
}

impl Coordinator {
    /// # Errors
    /// *Unavailable* if the request was not sent; *in doubt* if the leader did not reply.
    async fn forward(&self, request: Request) -> Result<HttpResponse<Bytes>, Problem> {
        if request.headers().contains_key(FORWARDED) {
            return Err(Problem::unavailable(
                "Another coordinator passed this on, but this one does not hold the saga log; nothing was done, try again.",
            ));
        }
        let Some(leader) = self.leadership.other_leader() else {
            return Err(Problem::unavailable(
                "No coordinator holds the saga log now, one takes it over within the lease; nothing was done, try again.",
            ));
        };
        let mut request = to_address(request, &leader).await?;
        // The leader believes what this process has checked. Whatever the client has sent in its place is replaced.
        show(&*self.env.service_secrets, request.headers_mut());
        let exchange = self.env.http_client.exchange(request);
        let limit = self.config.answer_timeout + NETWORK_ALLOWANCE;
        let failed = |reason: String| {
            tracing::debug!(%leader, reason, "the leader did not reply");
            Problem::unknown_effect(
                "The coordinator that holds the saga log did not answer; the same request with the same Idempotency-Key is safe to repeat.",
            )
        };
        let mut reply = within(Bound::new("the leader", limit), exchange)
            .await
            .map_err(|_| failed("timed out".to_owned()))?
            .map_err(|error| failed(error.to_string()))?;
        remove_hop_by_hop(reply.headers_mut());
        Ok(reply)
    }
}

/// The same request, addressed to the leader and marked as forwarded.
async fn to_address(request: Request, leader: &Uri) -> Result<Request<Bytes>, Problem> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri = join_uri(leader, path).map_err(|error| Problem::unavailable(error.to_string()))?;
    let mut headers = std::mem::take(&mut parts.headers);
    let method = parts.method.clone();
    let body = read_body(parts, body).await?;
    remove_hop_by_hop(&mut headers);
    headers.insert(FORWARDED, HeaderValue::from_static("1"));
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    Ok(request)
}

/// Reads the whole body, with the same size limit as on the leader.
async fn read_body(parts: Parts, body: Body) -> Result<Bytes, Problem> {
    let RawBody(body) = RawBody::from_request(Request::from_parts(parts, body), &()).await?;
    Ok(body)
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
    headers.remove("keep-alive");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hop_by_hop_headers_are_not_forwarded() {
        let mut headers = HeaderMap::new();
        for name in HOP_BY_HOP {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        headers.insert("keep-alive", HeaderValue::from_static("x"));
        headers.insert("idempotency-key", HeaderValue::from_static("x"));
        remove_hop_by_hop(&mut headers);
        let left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["idempotency-key"]);
    }
}
