//! The accept loop. The binary and the simulator run it over different listeners.

use std::{convert::Infallible, io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, Request, StatusCode, Uri},
    response::Response,
    serve::Listener,
};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Semaphore,
    task::JoinSet,
};
use tokio_util::task::TaskTracker;

use super::{CLIENT_BODY_BYTES_MAX, Problem};
use crate::{
    bound::{Bound, within},
    env::IDLE_CONNECTION_TIMEOUT,
};

/// Connections served at one time. One more waits to be accepted.
const CONNECTIONS_MAX: usize = 8_192;
/// How long a connection may be idle before a request, and how long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
// Our own client must close an idle connection first. Otherwise it could send a request on a connection that the server closes.
const _: () = assert!(HEAD_TIMEOUT.as_secs() > 2 * IDLE_CONNECTION_TIMEOUT.as_secs());
/// How long requests in progress may take after the service was told to stop.
const STOP_BOUND: Bound = Bound::new("the drain at a stop", Duration::from_secs(10));
/// How long a finished reply may take to be sent after the service was told to stop.
const REPLY_TIMEOUT: Duration = Duration::from_millis(500);

/// Adds what every service needs: a limit on bodies, and problem details for unknown paths and methods.
pub fn with_fallbacks(routes: Router) -> Router {
    routes
        .fallback(|method: Method, uri: Uri| async move {
            Problem::status(
                StatusCode::NOT_FOUND,
                format!("There is nothing at {method} {}.", uri.path()),
            )
        })
        .method_not_allowed_fallback(|method: Method, uri: Uri| async move {
            Problem::status(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("{method} is not possible at {}.", uri.path()),
            )
        })
        .layer(DefaultBodyLimit::max(CLIENT_BODY_BYTES_MAX))
}

/// A service that can be served: a [`Router`], or a layer around one.
pub trait Routes:
    tower::Service<
        Request<Incoming>,
        Response = Response,
        Error = Infallible,
        Future: Send + 'static,
    > + Clone
    + Send
    + 'static
{
}

impl<S> Routes for S where
    S: tower::Service<
            Request<Incoming>,
            Response = Response,
            Error = Infallible,
            Future: Send + 'static,
        > + Clone
        + Send
        + 'static
{
}

/// Serves until `stop` completes. Requests in progress then have a bounded time to end.
///
/// # Errors
/// None at present. The listener retries a failed accept.
///
/// # Cancel safety
/// Dropping the future closes the listener and every connection.
pub async fn serve<L, S>(
    mut listener: L,
    routes: S,
    stop: impl Future<Output = ()>,
) -> io::Result<()>
where
    L: Listener,
    S: Routes,
{
    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let requests = TaskTracker::new();
    let graceful = GracefulShutdown::new();
    // A `JoinSet`, because dropping it must close the connections. A `TaskTracker` would leave them open.
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        // The permit comes first, so that a future dropped while it waits has accepted nothing.
        let accepted = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await.0)
        };
        let (permit, stream) = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            accepted = accepted => accepted,
        };
        let permit = permit.map_err(io::Error::other)?;
        let connection = connection(stream, routes.clone(), requests.clone());
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // Errors of a connection are ignored: the client notices them itself.
            let _ = connection.await;
            drop(permit);
        });
    }
    drop(listener);
    // Connections that are left are closed. Their sagas go on in the next process.
    let _ = within(STOP_BOUND, drain(graceful, requests)).await;
    Ok(())
}

/// One HTTP/1.1 connection. Each request in progress holds a token of `requests`.
fn connection<I, S>(stream: I, routes: S, requests: TaskTracker) -> impl GracefulConnection
where
    I: AsyncRead + AsyncWrite + Unpin + 'static,
    S: Routes,
{
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |request| {
        let (response, token) = (routes.call(request), requests.token());
        async move {
            let response = response.await;
            drop(token);
            response
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        // The header would contain the wall-clock time, and the replies of a simulated run must be deterministic.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service)
}

/// Closes idle connections at once, and the others when their request in progress has its reply.
///
/// A client that has sent a part of a request head keeps its connection open. Therefore the wait also ends when no request has
/// been in progress for [`REPLY_TIMEOUT`].
async fn drain(graceful: GracefulShutdown, requests: TaskTracker) {
    requests.close();
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
        () = graceful.shutdown() => {}
        () = without_requests => {}
    }
}
