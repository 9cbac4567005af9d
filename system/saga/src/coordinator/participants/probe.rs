//! Probes: the coordinator asks a service whether it can do its work.

use std::sync::Arc;

use axum::{
    body::Bytes,
    http::{Request, Uri},
};
use futures::{FutureExt, future::BoxFuture};
use serde::Deserialize;

use crate::env::{Env, HttpClient, join_uri};

/// Asks a service whether it can do its work. The error is the reason why it cannot. Has no time limit: the caller
/// sets one.
pub type Probe = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The part of the body of `/readyz` that a probe reads.
#[derive(Deserialize)]
struct Readiness {
    reason: String,
}

/// Probes the service at this base URL with `GET /readyz`.
#[must_use]
pub fn http_probe(base: &Uri, env: &Env) -> Probe {
    let (base, http_client) = (base.clone(), Arc::clone(&env.http_client));
    Arc::new(move || {
        let (base, http_client) = (base.clone(), Arc::clone(&http_client));
        async move { probe(&base, &*http_client).await }.boxed()
    })
}

async fn probe(base: &Uri, http_client: &dyn HttpClient) -> Result<(), String> {
    let uri = join_uri(base, "/readyz").map_err(|error| error.to_string())?;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri;
    let exchanged = http_client.exchange(request).await;
    let reply = exchanged.map_err(|error| error.to_string())?;
    // A gateway that does not pass the path on answers 404. The service behind it can be reached all the same.
    if !reply.status().is_server_error() {
        return Ok(());
    }
    match serde_json::from_slice(reply.body()) {
        Ok(Readiness { reason }) => Err(format!("it is not ready: {reason}")),
        Err(_) => Err(format!("it answered {}", reply.status())),
    }
}
