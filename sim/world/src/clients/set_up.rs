//! The set-up of a run: waits until every process is ready, then sends the requests of the system's set-up.
//!
//! No fault is active yet. A request is still repeated, because a process may need time to start.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use likewise_saga::{
    bound::{Bound, within},
    env::HttpClient,
};

use crate::{World, network::http_client::FaultyHttpClient, plan::Host};

/// The time-out of one request.
const REQUEST: Bound = Bound::new("a request of the set-up", Duration::from_secs(2));
/// The pause between two attempts.
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// The most attempts at one request: one second of pauses. A service without faults is ready long before.
const ATTEMPTS_MAX: u32 = 50;

/// Prepares the world for the workload.
pub(super) async fn set_up(world: &World, http_client: &FaultyHttpClient) -> turmoil::Result {
    // No replica may still be starting when the first fault is injected.
    for host in world.hosts().all() {
        until_ok(http_client, &is_ready(host)).await?;
    }
    for request in world.system().set_up(world.plan()) {
        until_ok(http_client, &request).await?;
    }
    Ok(())
}

/// Asks a process whether it is ready.
fn is_ready(host: Host) -> Request<Bytes> {
    let request = Request::get(format!("http://{host}/readyz"));
    // The name of a host is plain ASCII.
    request
        .body(Bytes::new())
        .expect("a request of plain ASCII parts is valid")
}

/// Sends a request until it succeeds.
///
/// # Errors
/// The last answer or error, after [`ATTEMPTS_MAX`] attempts.
async fn until_ok(http_client: &FaultyHttpClient, request: &Request<Bytes>) -> turmoil::Result {
    let mut last = String::new();
    for _ in 0..ATTEMPTS_MAX {
        match within(REQUEST, http_client.exchange(request.clone())).await {
            Ok(Ok(response)) if response.status().is_success() => return Ok(()),
            Ok(Ok(response)) => last = format!("{} {:?}", response.status(), response.body()),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no answer".to_owned(),
        }
        tokio::time::sleep(RETRY_AFTER).await;
    }
    Err(format!("the set-up failed: {last}").into())
}
