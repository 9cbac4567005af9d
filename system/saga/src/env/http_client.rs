//! The HTTP client of a service: one exchange is a request and its whole reply.
//!
//! Production and the simulator use the same [`HyperClient`]. They differ in its connector, and the simulator wraps it to
//! inject message faults.

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

/// The largest reply, in bytes. The reply to a full batch of steps has a tenth of it.
const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long an idle connection is kept.
pub const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_secs(30);
/// Idle connections that are kept for each service.
const IDLE_CONNECTIONS_MAX: usize = 64;

/// Why an exchange got no reply. In every case the effect of the request is unknown.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// There was no connection, or it broke before the reply was complete.
    #[error("no reply: {0}")]
    Broken(String),
    /// The reply was larger than the limit.
    #[error("the reply is larger than {REPLY_BYTES_MAX} bytes")]
    TooLarge,
}

/// Sends HTTP requests to other services.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// Sends the request and waits for the whole reply. The caller adds the time-out.
    ///
    /// # Errors
    /// [`ExchangeError`]: the request may or may not have taken effect.
    ///
    /// # Cancel safety
    /// Dropping the future closes the connection; the effect is unknown.
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError>;
}

/// The HTTP/1.1 client, over any connector.
pub struct HyperClient<C> {
    client: Client<C, Full<Bytes>>,
}

impl HyperClient<HttpConnector> {
    /// A client over TCP, for production.
    #[must_use]
    pub fn tcp() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(1)));
        Self::over(connector)
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> HyperClient<C> {
    /// A client over a connector.
    pub fn over(connector: C) -> Self {
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
            .map_err(|error| ExchangeError::Broken(with_causes(&error)))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, REPLY_BYTES_MAX)
            .collect()
            .await
            .map_err(|error| match error.downcast_ref::<hyper::Error>() {
                Some(error) => ExchangeError::Broken(with_causes(error)),
                None => ExchangeError::TooLarge,
            })?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

/// Joins a path to a service's base address.
///
/// # Errors
/// The result is not a valid URI.
pub fn address(base: &Uri, path: &str) -> Result<Uri, http::Error> {
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(path.parse()?);
    Ok(Uri::from_parts(parts)?)
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
