//! The accept loop. The binary and the simulator run it over different listeners.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

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
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{CLIENT_BODY_BYTES_MAX, Problem};
use crate::env::IDLE_CONNECTION_TIMEOUT;

/// Connections served at one time. One more waits to be accepted.
const CONNECTIONS_MAX: usize = 8_192;
/// How long a connection may be idle before a request, and how long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
// Our own client must close an idle connection first. Otherwise it could send a request on a connection that the server closes.
const _: () = assert!(HEAD_TIMEOUT.as_secs() > 2 * IDLE_CONNECTION_TIMEOUT.as_secs());
/// How long requests in progress may take after the service was told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a connection is checked after the service was told to stop. A finished reply must be sent within this time.
const STOP_LOOK_EVERY: Duration = Duration::from_millis(500);

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
    let limit = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let (stopping, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        // The permit comes first, so that a future dropped while it waits has accepted nothing.
        let accepted = async {
            let permit = Arc::clone(&limit).acquire_owned().await;
            (permit, listener.accept().await.0)
        };
        let (permit, accepted) = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            accepted = accepted => accepted,
        };
        let permit = permit.map_err(io::Error::other)?;
        let (routes, stopped) = (routes.clone(), stopped.clone());
        connections.spawn(async move {
            serve_one(accepted, routes, stopped).await;
            drop(permit);
        });
    }
    drop(listener);
    drop(stopping);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Connections that are still busy are closed. Their sagas go on in the next process.
    let _ = tokio::time::timeout(STOP_TIMEOUT, ended).await;
    Ok(())
}

/// Serves one connection until it ends. After the stop it serves the request in progress alone.
async fn serve_one<I>(connection: I, routes: impl Routes, mut stopped: watch::Receiver<()>)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let in_progress = Arc::new(AtomicUsize::new(0));
    let routes = TowerToHyperService::new(routes);
    let counter = Arc::clone(&in_progress);
    let service = service_fn(move |request| {
        let (response, in_progress) = (routes.call(request), Arc::clone(&counter));
        in_progress.fetch_add(1, Ordering::Relaxed);
        async move {
            let response = response.await;
            in_progress.fetch_sub(1, Ordering::Relaxed);
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        // The header would contain the wall-clock time, and the replies of a simulated run must be deterministic.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(connection), service);
    tokio::pin!(connection);
    // Errors of the connection are ignored, here and below: the client notices them itself.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    // A connection without a request in progress is closed.
    while tokio::time::timeout(STOP_LOOK_EVERY, connection.as_mut())
        .await
        .is_err()
        && in_progress.load(Ordering::Relaxed) > 0
    {}
}
