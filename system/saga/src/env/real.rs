//! The operating system's env: the one file that reads its clock, its entropy and its sockets.
#![allow(clippy::disallowed_methods)]

use std::{
    io,
    net::SocketAddr,
    panic::resume_unwind,
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use axum::serve::{Listener, ListenerExt};
use futures::future::BoxFuture;
use rand::{TryRng, rngs::SysRng};
use tokio::net::TcpListener;

use super::{Clock, Entropy, Env, HyperClient};
use crate::{
    store::{StoreError, StoreExecutor, Unit},
    time::Timestamp,
};

/// Bytes of entropy that are asked for at once.
const ENTROPY_STOCK_BYTES: usize = 4_096;
/// Connections that read a SQLite file beside the one that writes it.
const SQLITE_READERS: u32 = 4;

/// The env of a process that runs for real.
#[must_use]
pub fn env() -> Env {
    Env {
        clock: Arc::new(OsClock),
        entropy: Arc::new(OsEntropy::default()),
        http_client: Arc::new(HyperClient::tcp()),
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

/// Entropy in stock: a like asks seven times for a few bytes, and each call of the system costs as much as
/// hundreds of them.
#[derive(Default)]
struct OsEntropy(Mutex<Vec<u8>>);

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut stock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stock.len() < bytes.len() {
            stock.resize(bytes.len().max(ENTROPY_STOCK_BYTES), 0);
            // Without entropy no identity can be made: there is nothing better to do than to stop.
            SysRng
                .try_fill_bytes(&mut stock)
                .expect("the operating system provides entropy");
        }
        let rest = stock.len() - bytes.len();
        bytes.copy_from_slice(&stock[rest..]);
        stock.truncate(rest);
    }
}

/// Awaits storage work as it is.
struct Directly;

#[async_trait]
impl StoreExecutor for Directly {
    fn sqlite_readers(&self) -> u32 {
        SQLITE_READERS
    }

    async fn call(&self, call: Box<dyn FnOnce() + Send>) {
        // Only the end of the runtime cancels it.
        if let Err(error) = tokio::task::spawn_blocking(call).await
            && let Ok(panic) = error.try_into_panic()
        {
            resume_unwind(panic);
        }
    }

    async fn execute(
        &self,
        _: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        work.await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_byte_of_entropy_is_handed_out_twice() {
        let entropy = OsEntropy::default();
        let draw = || {
            let mut bytes = [0; 10];
            entropy.fill(&mut bytes);
            bytes
        };
        let drawn: BTreeSet<_> = (0..5_000).map(|_| draw()).collect();
        assert_eq!(drawn.len(), 5_000);
        let mut many = vec![0; 3 * ENTROPY_STOCK_BYTES];
        entropy.fill(&mut many);
        assert!(
            many.chunks(ENTROPY_STOCK_BYTES)
                .all(|part| part.iter().any(|byte| *byte != 0))
        );
    }
}
