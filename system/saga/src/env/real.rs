//! The environment of a real process: the one file that uses the operating system's clock, entropy and sockets.
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

/// Bytes of entropy that one system call reads.
const ENTROPY_BUFFER_BYTES: usize = 4_096;
/// Connections that read a SQLite file. One more writes it.
const SQLITE_READERS: u32 = 4;

/// The environment of a real process.
#[must_use]
pub fn env() -> Env {
    Env {
        clock: Arc::new(OsClock),
        entropy: Arc::new(OsEntropy::default()),
        http_client: Arc::new(HyperClient::tcp()),
        store: Arc::new(DirectExecutor),
    }
}

/// Listens on an address.
///
/// # Errors
/// The operating system's, for example that the address is in use.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Sets `TCP_NODELAY` on every accepted connection. Otherwise a small reply waits until the client has acknowledged the last
/// one.
pub fn with_no_delay(listener: TcpListener) -> impl Listener<Addr = SocketAddr> {
    listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set on a connection");
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

/// A buffer of the operating system's entropy. A like needs a few bytes seven times, and a system call costs as much as
/// hundreds of bytes.
#[derive(Default)]
struct OsEntropy(Mutex<Vec<u8>>);

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.len() < bytes.len() {
            buffer.resize(bytes.len().max(ENTROPY_BUFFER_BYTES), 0);
            // Without entropy no unique id can be made, so the process must stop.
            SysRng
                .try_fill_bytes(&mut buffer)
                .expect("the operating system provides entropy");
        }
        let rest = buffer.len() - bytes.len();
        bytes.copy_from_slice(&buffer[rest..]);
        buffer.truncate(rest);
    }
}

/// Runs storage work directly. Calls that block run on tokio's blocking threads.
struct DirectExecutor;

#[async_trait]
impl StoreExecutor for DirectExecutor {
    fn sqlite_readers(&self) -> u32 {
        SQLITE_READERS
    }

    async fn call(&self, call: Box<dyn FnOnce() + Send>) {
        // A blocking task is cancelled only when the runtime shuts down.
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
    fn entropy_is_never_returned_twice() {
        let entropy = OsEntropy::default();
        let draw = || {
            let mut bytes = [0; 10];
            entropy.fill(&mut bytes);
            bytes
        };
        let drawn: BTreeSet<_> = (0..5_000).map(|_| draw()).collect();
        assert_eq!(drawn.len(), 5_000);
        let mut many = vec![0; 3 * ENTROPY_BUFFER_BYTES];
        entropy.fill(&mut many);
        assert!(
            many.chunks(ENTROPY_BUFFER_BYTES)
                .all(|part| part.iter().any(|byte| *byte != 0))
        );
    }
}
