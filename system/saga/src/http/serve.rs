//! The accept loop: the same for the binary and for the simulator, over any listener.

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
use crate::env::IDLE_CONNECTION_KEPT_FOR;

/// Connections served at once; one more waits to be accepted.
const CONNECTIONS_MAX: usize = 8_192;
/// How long a client may take to send a request's head, and leave a connection idle before it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// Our own client gives an idle connection up first: else it would send on one that is closing.
const _: () = assert!(HEAD_TIMEOUT.as_secs() > 2 * IDLE_CONNECTION_KEPT_FOR.as_secs());
/// How long open requests may take to end when the service stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a connection is looked at when the service stops; an answer that is ready must have
/// left by then.
const STOP_LOOK_EVERY: Duration = Duration::from_millis(500);

/// Adds what every listener needs: a limit on bodies, and problems instead of empty refusals.
pub fn finish(routes: Router) -> Router {
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

/// What can be served: a [`Router`], or a service around it.
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

/// Serves until `stop` ends, then lets open requests end, for a bounded time.
///
/// # Errors
/// None at present; a failed accept is retried by the listener.
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
        // Dropped halfway, it has accepted nothing: the permit is waited for first.
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
    // Whoever is still busy then is cut off; its saga goes on after the restart.
    let _ = tokio::time::timeout(STOP_TIMEOUT, ended).await;
    Ok(())
}

/// Serves one connection to its end; after the stop, to the end of what is asked already.
async fn serve_one<I>(connection: I, routes: impl Routes, mut stopped: watch::Receiver<()>)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let answering = Arc::new(AtomicUsize::new(0));
    let routes = TowerToHyperService::new(routes);
    let counted = Arc::clone(&answering);
    let service = service_fn(move |request| {
        let (answer, answering) = (routes.call(request), Arc::clone(&counted));
        answering.fetch_add(1, Ordering::Relaxed);
        async move {
            let answer = answer.await;
            answering.fetch_sub(1, Ordering::Relaxed);
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        // The wall clock would leak into every reply: the simulator's replies must repeat.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(connection), service);
    tokio::pin!(connection);
    // A broken connection is the client's affair, here and below: it learns of it first.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    // Whoever has asked for nothing by now is not waited for.
    while tokio::time::timeout(STOP_LOOK_EVERY, connection.as_mut())
        .await
        .is_err()
        && answering.load(Ordering::Relaxed) > 0
    {}
}
