//! The operating system's edges: the one file that reads its clock, its entropy and its sockets.
#![allow(clippy::disallowed_methods)]

use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use axum::serve::{Listener, ListenerExt};
use futures::future::BoxFuture;
use rand::{TryRng, rngs::SysRng};
use tokio::net::TcpListener;

use super::{Clock, Edges, Entropy, HttpDialer, StoreEdge, Unit};
use crate::{store::StoreError, time::Timestamp};

/// Connections that read a SQLite file beside the one that writes it.
const SQLITE_READERS: u32 = 4;

/// The edges of a process that runs for real.
#[must_use]
pub fn edges() -> Edges {
    Edges {
        clock: Arc::new(OsClock),
        entropy: Arc::new(OsEntropy),
        dialer: Arc::new(HttpDialer::tcp()),
        store: Arc::new(Directly),
    }
}

/// Listens on an address.
///
/// # Errors
/// The operating system's, for example that the address is in use.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Sends what is written at once, on every connection that is accepted: a small reply must not
/// wait for the client's acknowledgement of the last one.
pub fn undelayed(listener: TcpListener) -> impl Listener<Addr = SocketAddr> {
    listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    })
}

struct OsClock;

impl Clock for OsClock {
    fn now(&self) -> Timestamp {
        let micros = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_micros());
        Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Without entropy no identity can be made: there is nothing better to do than to stop.
        SysRng
            .try_fill_bytes(bytes)
            .expect("the operating system provides entropy");
    }
}

/// Awaits storage work as it is.
struct Directly;

#[async_trait]
impl StoreEdge for Directly {
    fn sqlite_readers(&self) -> u32 {
        SQLITE_READERS
    }

    async fn carry_out(
        &self,
        _: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        work.await
    }
}
