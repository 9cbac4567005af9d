//! The accept loop. The binary and the simulator run it over different listeners.

use std::{io, sync::Arc, time::Duration};

use axum::serve::Listener;
use tokio::{sync::watch, task::JoinSet, time::Instant};
use tokio_util::task::TaskTracker;

use super::{
    connection::{self, Routes},
    limits::Limits,
    metrics::HttpMetrics,
    slots::Slots,
};
use crate::{
    bound::{Bound, within},
    security::Peer,
};

/// How long requests in progress may take after the service was told to stop.
pub(super) const STOP_BOUND: Bound = Bound::new("the drain at a stop", Duration::from_secs(10));
/// How long a finished reply may take to be sent after the service was told to stop.
pub(super) const REPLY_TIMEOUT: Duration = Duration::from_millis(500);
/// How often the log says that the connection limit is reached.
const FULL_LOG_PAUSE: Duration = Duration::from_secs(60);

/// Serves until `stop` completes, within the default [`Limits`]. See [`serve_within`].
///
/// # Errors
/// None at present. The listener retries a failed accept.
///
/// # Cancel safety
/// Dropping the future closes the listener and every connection.
pub async fn serve<L, S>(listener: L, routes: S, stop: impl Future<Output = ()>) -> io::Result<()>
where
    L: Listener,
    S: Routes,
{
    serve_within(Limits::default(), listener, routes, stop).await
}

/// Serves until `stop` completes. Requests in progress then have a bounded time to end. Requests that have not arrived as a
/// whole are not waited for.
///
/// # Errors
/// None at present. The listener retries a failed accept.
///
/// # Cancel safety
/// Dropping the future closes the listener and every connection.
pub async fn serve_within<L, S>(
    limits: Limits,
    listener: L,
    routes: S,
    stop: impl Future<Output = ()>,
) -> io::Result<()>
where
    L: Listener,
    S: Routes,
{
    serve_measured(limits, &HttpMetrics::new("none"), listener, routes, stop).await
}

/// Like [`serve_within`], and counts the connections. `metrics` belong to this listener alone.
///
/// # Errors
/// None at present. The listener retries a failed accept.
///
/// # Cancel safety
/// Dropping the future closes the listener and every connection.
pub async fn serve_measured<L, S>(
    limits: Limits,
    metrics: &Arc<HttpMetrics>,
    mut listener: L,
    routes: S,
    stop: impl Future<Output = ()>,
) -> io::Result<()>
where
    L: Listener,
    S: Routes,
{
    let counts = &metrics.connections;
    let mut slots = Slots::new(limits);
    counts.watch(limits, slots.open());
    let mut log = FullLog::default();
    let requests = TaskTracker::new();
    let (stopping, _) = watch::channel(());
    // A `JoinSet`, because dropping it must close the connections. A `TaskTracker` would leave them open.
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let (stream, address) = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        if slots.is_full() {
            log.is_full(&limits);
        }
        counts.accepted.inc();
        // Without a slot, the stream is dropped, which closes the connection.
        match slots.enter(&requests) {
            Some(slot) => {
                let (routes, stopping) = (routes.clone(), stopping.subscribe());
                let metrics = Arc::clone(metrics);
                let connection = (stream, Peer::of_address(&address));
                connections.spawn(connection::run(connection, routes, slot, stopping, metrics));
            }
            None => {
                counts.closed.inc();
            }
        }
    }
    drop(listener);
    // Connections that are left are closed. Their sagas go on in the next process.
    let _ = within(STOP_BOUND, drain(stopping, requests)).await;
    Ok(())
}

/// Logs that the connection limit is reached, but not for every connection.
#[derive(Default)]
struct FullLog {
    last: Option<Instant>,
}

impl FullLog {
    fn is_full(&mut self, limits: &Limits) {
        let now = Instant::now();
        let is_due = |last: Instant| now.duration_since(last) >= FULL_LOG_PAUSE;
        if self.last.is_none_or(is_due) {
            self.last = Some(now);
            tracing::warn!(
                connections_max = limits.connections_max,
                "the connection limit is reached; slow connections are closed, and new requests may get 503"
            );
        }
    }
}

/// Closes idle connections at once, and the others when their request in progress has its reply.
///
/// A client that has sent a part of a request keeps its connection open. Therefore the wait also ends when no request has
/// been in progress for [`REPLY_TIMEOUT`].
async fn drain(stopping: watch::Sender<()>, requests: TaskTracker) {
    requests.close();
    let without_connections = async {
        // Fails if there is no connection.
        let _ = stopping.send(());
        stopping.closed().await;
    };
    let without_requests = async {
        loop {
            requests.wait().await;
            tokio::time::sleep(REPLY_TIMEOUT).await;
            if requests.is_empty() {
                return;
            }
        }
    };
    tokio::select! {
        biased;
        () = without_connections => {}
        () = without_requests => {}
    }
}
