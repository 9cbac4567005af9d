//! Services of this very process: their routes are called as they are, without a socket.
//!
//! The same requests meet the same routes, lanes and barriers as over the network; only the
//! network is not there. So nothing is short-cut that a protocol is needed for.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::{Dialer, ExchangeError};

/// Exchanges with services of this process, by the host in their addresses; all others go out.
pub(crate) struct InsideDialer {
    pub(crate) services: BTreeMap<&'static str, Router>,
    pub(crate) outside: Arc<dyn Dialer>,
}

#[async_trait]
impl Dialer for InsideDialer {
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
        let host = request.uri().host().unwrap_or_default();
        let Some(service) = self.services.get(host) else {
            return self.outside.exchange(request).await;
        };
        let answered = service.clone().oneshot(request.map(Body::from)).await;
        let (parts, body) = answered.unwrap_or_else(|never| match never {}).into_parts();
        let broken = |error: axum::Error| ExchangeError::Broken(error.to_string());
        let body = body.collect().await.map_err(broken)?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }
}
