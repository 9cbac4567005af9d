//! One HTTP/1.1 connection: its requests, one after another, until either side closes it.
//!
//! A client may withhold the head of a request, its body, or the reading of a reply. Each has a deadline; past it, the
//! connection is closed. `progress.rs` knows what the connection waits for.

use std::{convert::Infallible, future::ready, pin::Pin, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Request, header::CONNECTION},
    response::{IntoResponse, Response},
};
use futures::future::Either;
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
    service::{HttpService, Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    LIVE_PATH, Problem, READY_PATH,
    arriving_body::ArrivingBody,
    closing,
    live_body::{LiveBody, is_live},
    metrics::HttpMetrics,
    progress::Progress,
    slots::Slot,
    stream::ObservedStream,
};
use crate::{env::IDLE_CONNECTION_TIMEOUT, security::Peer};

/// How long a connection may be idle before a request.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
// Our own client must close an idle connection first. Otherwise it could send a request on a connection that the server closes.
const _: () = assert!(IDLE_TIMEOUT.as_secs() > 2 * IDLE_CONNECTION_TIMEOUT.as_secs());

/// A service that can be served: a [`Router`](axum::Router), or a layer around one.
pub trait Routes:
    tower::Service<Request<Body>, Response = Response, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
}

impl<S> Routes for S where
    S: tower::Service<
            Request<Body>,
            Response = Response,
            Error = Infallible,
            Future: Send + 'static,
        > + Clone
        + Send
        + 'static
{
}

/// Why a connection ended.
enum End {
    /// HTTP ended: one side closed it, or it failed.
    Closed,
    /// The client was too slow.
    Overdue,
    /// Another connection needed the slot.
    Evicted,
}

/// Serves one connection to its end.
pub(super) async fn run<I, S>(
    (stream, peer): (I, Option<Peer>),
    routes: S,
    slot: Slot,
    stopping: watch::Receiver<()>,
    metrics: Arc<HttpMetrics>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Routes,
{
    let progress = Arc::clone(&slot.progress);
    let over_limit = slot
        .is_reserve
        .then(|| (slot.limits.connections_max, Arc::clone(&metrics)));
    let service = service(
        (routes, peer),
        Arc::clone(&progress),
        over_limit,
        stopping.clone(),
    );
    let stream = ObservedStream::new(stream, Arc::clone(&progress));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIMEOUT)
        .keep_alive(!slot.is_reserve)
        // The header would contain the wall-clock time, and the replies of a simulated run must be deterministic.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), service);
    let end = drive(Pin::new(&mut connection), &slot, stopping).await;
    if matches!(end, End::Evicted) {
        metrics.connections.evicted.inc();
    }
    // Errors of a connection are ignored: the client notices them itself.
    let mut stream = connection.into_parts().io.into_inner().into_inner();
    let closing = async {
        match end {
            End::Closed if progress.is_body_missing() => closing::linger(&mut stream).await,
            End::Overdue if progress.is_arriving() => closing::request_timeout(&mut stream).await,
            End::Evicted if progress.is_arriving() => closing::request_timeout_at_once(&mut stream),
            End::Closed | End::Overdue | End::Evicted => {}
        }
    };
    // Another connection may need the slot even now. Then the socket is closed at once, or the process could have more
    // files open than its limit on connections allows.
    tokio::select! {
        biased;
        () = closing => {}
        () = progress.closing() => {}
    }
}

/// Polls a connection until it ends, until its client is overdue, or until its slot is taken. After the stop it ends with the
/// request in progress.
async fn drive<I, S>(
    mut connection: Pin<&mut http1::Connection<TokioIo<ObservedStream<I>>, S>>,
    slot: &Slot,
    mut stopping: watch::Receiver<()>,
) -> End
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: HttpService<Incoming, ResBody = Body, Error = Infallible>,
{
    let (progress, limits) = (&slot.progress, &slot.limits);
    let deadline = || progress.deadline(limits, slot.is_reserve);
    // So often that no deadline begins and passes between two checks. A timer for each request would cost more.
    let pause = limits.arrival.min(limits.reply);
    let next_check = || {
        let latest = Instant::now() + pause;
        deadline().map_or(latest, |deadline| deadline.min(latest))
    };
    let mut is_stopping = false;
    let stop = stopping.changed();
    let overdue = sleep_until(next_check());
    tokio::pin!(stop, overdue);
    loop {
        tokio::select! {
            biased;
            _ = &mut stop, if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = connection.as_mut() => return End::Closed,
            () = progress.closing() => match progress.behind() {
                Some(_) => return End::Evicted,
                // The rest of the request arrived at the same moment. It is answered, and then the connection ends.
                None => connection.as_mut().graceful_shutdown(),
            },
            () = &mut overdue => match deadline() {
                Some(deadline) if deadline <= Instant::now() => return End::Overdue,
                _ => overdue.as_mut().reset(next_check()),
            },
        }
    }
}

/// The routes, with the peer of the connection, and with what the connection's progress needs to know of each request. `over_limit` is the limit on connections, if
/// this connection is over it. A live reply ends when `stopping` changes.
fn service<S: Routes>(
    (routes, peer): (S, Option<Peer>),
    progress: Arc<Progress>,
    over_limit: Option<(usize, Arc<HttpMetrics>)>,
    stopping: watch::Receiver<()>,
) -> impl HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send> + Send {
    let routes = TowerToHyperService::new(routes);
    service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let is_health = [LIVE_PATH, READY_PATH].contains(&request.uri().path());
        let refused_by = over_limit.as_ref().filter(|_| !is_health);
        let is_whole = request.body().is_end_stream();
        progress.head_arrived(is_whole);
        let response = match refused_by {
            Some((limit, metrics)) => {
                metrics.connections.answered.inc();
                Either::Left(ready(Ok(refusal(*limit))))
            }
            None => Either::Right(routes.call(request.map(|body| match is_whole {
                true => Body::new(body),
                false => Body::new(ArrivingBody::new(body, Arc::clone(&progress))),
            }))),
        };
        let progress = Arc::clone(&progress);
        let stopping = stopping.clone();
        async move {
            let mut response: Response = response.await?;
            if progress.is_body_missing() {
                // hyper closes the connection after this reply. A client that does not know would send its next request on it.
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            if is_live(&response) {
                progress.live_began();
                return Ok(response.map(|body| Body::new(LiveBody::new(body, stopping, progress))));
            }
            progress.replied();
            Ok(response)
        }
    })
}

fn refusal(connections_max: usize) -> Response {
    let detail = "Nothing was done: too many connections are open.";
    let (policy, unit) = ("connections", "concurrent-connections");
    Problem::overloaded(detail, policy, unit, connections_max).into_response()
}
