//! The sockets of the simulated hosts: the services' listener, connector and HTTP clients.

use std::{
    collections::BTreeMap,
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::serve::Listener;
use bytes::Bytes;
use http::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use likewise_saga::env::{ExchangeError, HttpClient, HyperClient};
use tokio::sync::Semaphore;
use tower::Service;
use turmoil::net::{TcpListener, TcpStream};

use crate::{
    hosts::Hosts,
    plan::Host,
    process::incarnation::{Incarnation, SimStream},
};

/// The port that every service listens on.
pub const PORT: u16 = 80;

/// A service's listener.
pub struct SimListener {
    inner: TcpListener,
    incarnation: Arc<Incarnation>,
    /// One permit for each connection. `None`: the server has its own limit.
    permits: Option<Arc<Semaphore>>,
}

impl SimListener {
    /// Listens on the host's address.
    ///
    /// # Errors
    /// Another listener has the address.
    pub async fn bind(incarnation: Arc<Incarnation>) -> io::Result<Self> {
        let inner = TcpListener::bind((IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT)).await?;
        Ok(Self {
            inner,
            incarnation,
            permits: None,
        })
    }
}

impl SimListener {
    /// The same listener, which accepts no connection while so many are open. Planted bugs have it.
    #[must_use]
    pub fn waiting_at(mut self, connections_max: usize) -> Self {
        self.permits = Some(Arc::new(Semaphore::new(connections_max)));
        self
    }
}

impl Listener for SimListener {
    type Io = SimStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (SimStream, SocketAddr) {
        loop {
            let permit = match self.permits.clone() {
                // The semaphore is never closed.
                Some(permits) => permits.acquire_owned().await.ok(),
                None => None,
            };
            let accepted = self.inner.accept().await;
            self.incarnation.awake().await;
            match accepted {
                Ok((stream, from)) => {
                    return (self.incarnation.own(stream).with_permit(permit), from);
                }
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

/// Connects to other hosts by their names.
#[derive(Clone)]
pub struct Connector(pub Arc<Incarnation>);

impl Service<Uri> for Connector {
    type Response = TokioIo<SimStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let incarnation = Arc::clone(&self.0);
        Box::pin(async move {
            let host = uri.host().unwrap_or_default().to_owned();
            let stream = TcpStream::connect((host.as_str(), PORT)).await?;
            Ok(TokioIo::new(incarnation.own(stream)))
        })
    }
}

/// The HTTP clients of a process, one for each host of a service and for the receiver of alerts.
///
/// One client for all hosts would break determinism: it keeps its connections in a map with a random seed, so a process
/// that ends would close them in a different order each time, and each close draws a latency.
pub struct Clients(BTreeMap<Host, HyperClient<Connector>>);

impl Clients {
    /// The clients of a process.
    #[must_use]
    pub fn new(incarnation: &Arc<Incarnation>, hosts: &Hosts) -> Self {
        let client = |host| {
            (
                host,
                HyperClient::with_connector(Connector(Arc::clone(incarnation))),
            )
        };
        Self(hosts.all().chain(hosts.receiver()).map(client).collect())
    }

    /// Sends a request to the host that its URI names.
    ///
    /// # Errors
    /// [`ExchangeError`]: the exchange failed, or the URI names no host of a service.
    pub async fn exchange(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, ExchangeError> {
        let host = request.uri().host().map(Host::named);
        match host.and_then(|host| self.0.get(&host)) {
            Some(client) => client.exchange(request).await,
            None => Err(ExchangeError::NoReply(format!(
                "{} is no service",
                request.uri()
            ))),
        }
    }
}
