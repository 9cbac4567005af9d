//! HTTP requests to other services: the trait [`HttpClient`] and its implementation on hyper.
//!
//! Production and the simulator use the same [`HyperClient`]. They differ in the connector below it, and a simulator
//! wraps it to lose, repeat and delay messages.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::{TokioExecutor, TokioTimer},
};

/// The largest body of a reply, in bytes. A full batch of steps is a tenth of it.
const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How long a TCP connection may take. An unreachable host must not use up the time-out of the whole request.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an idle connection is kept for the next request. A server must keep its side open for longer, or a request
/// is sent on a connection that is just being closed.
pub const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_secs(30);

/// How many idle connections are kept for each service.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// No complete reply arrived. The effect of the request is unknown.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The connection failed, or broke before the reply was complete.
    #[error("no reply: {0}")]
    NoReply(String),
    /// The body of the reply was larger than the client reads.
    #[error("the reply is larger than {REPLY_BYTES_MAX} bytes")]
    TooLarge,
}

/// Sends HTTP requests to other services.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// Sends a request and waits for the complete reply. Has no time-out: the caller sets one.
    ///
    /// # Errors
    /// [`ExchangeError`]; the request may or may not have taken effect.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection. The request may or may not take effect.
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError>;
}

/// An HTTP/1.1 client with a pool of connections, over any connector.
pub struct HyperClient<C> {
    client: Client<C, Full<Bytes>>,
}

impl HyperClient<HttpConnector> {
    /// A client over TCP, for production.
    #[must_use]
    pub fn tcp() -> Self {
        let mut connector = HttpConnector::new();
        // A small request must not wait for the acknowledgement of the one before.
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        Self::with_connector(connector)
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> HyperClient<C> {
    /// A client over the given connector.
    pub fn with_connector(connector: C) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .build(connector);
        Self { client }
    }
}

#[async_trait]
impl<C: Connect + Clone + Send + Sync + 'static> HttpClient for HyperClient<C> {
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
        let response = self
            .client
            .request(request.map(Full::new))
            .await
            .map_err(|error| ExchangeError::NoReply(with_causes(&error)))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, REPLY_BYTES_MAX)
            .collect()
            .await
            .map_err(|error| match error.downcast_ref::<hyper::Error>() {
                Some(error) => ExchangeError::NoReply(with_causes(error)),
                None => ExchangeError::TooLarge,
            })?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

/// Replaces the path of a service's base URI.
///
/// # Errors
/// `path` is not a valid path and query.
///
/// # Examples
/// ```
/// use likewise_saga::env::join_uri;
///
/// let base = "http://article:8080/".parse().unwrap();
/// assert_eq!(join_uri(&base, "/v1/steps").unwrap(), "http://article:8080/v1/steps");
/// ```
pub fn join_uri(base: &Uri, path: &str) -> Result<Uri, http::Error> {
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(path.parse()?);
    Ok(Uri::from_parts(parts)?)
}

/// hyper's own message names the layer that failed; only its causes say what went wrong.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
