//! The environment of a real process: the only file that uses the clock, the entropy, the sockets and the threads of the
//! operating system.
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
    security::NoSecret,
    store::{StoreError, StoreExecutor, Unit},
    time::Timestamp,
    trace::Tracer,
};

/// How many bytes of entropy are read from the operating system at a time.
const ENTROPY_BUFFER_BYTES: usize = 4_096;

/// The environment of a real process, without a secret between services.
#[must_use]
pub fn env() -> Env {
    Env {
        clock: Arc::new(OsClock),
        entropy: Arc::new(OsEntropy::default()),
        http_client: Arc::new(HyperClient::tcp()),
        service_secrets: Arc::new(NoSecret),
        store: Arc::new(ThreadPoolExecutor),
        tracer: Tracer::off(),
    }
}

/// Listens on an address. Port 0 lets the operating system choose a free port.
///
/// # Errors
/// The operating system's, for example that the address is in use.
pub async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Sets `TCP_NODELAY` on every connection that the listener accepts. Without it a small reply waits until the client has
/// acknowledged the reply before.
pub fn with_nodelay(listener: TcpListener) -> impl Listener<Addr = SocketAddr> {
    listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
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

/// Buffered entropy of the operating system. A like draws a few bytes seven times, and one system call costs as much as
/// hundreds of draws from the buffer.
#[derive(Default)]
struct OsEntropy(Mutex<Vec<u8>>);

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buffer.len() < bytes.len() {
            buffer.resize(bytes.len().max(ENTROPY_BUFFER_BYTES), 0);
            // Without entropy no id can be made, so the process must stop.
            SysRng
                .try_fill_bytes(&mut buffer)
                .expect("the operating system provides entropy");
        }
        let rest = buffer.len() - bytes.len();
        bytes.copy_from_slice(&buffer[rest..]);
        buffer.truncate(rest);
    }
}

/// Awaits storage work where it is, and makes blocking calls on tokio's thread pool.
struct ThreadPoolExecutor;

#[async_trait]
impl StoreExecutor for ThreadPoolExecutor {
    async fn execute(
        &self,
        _: Unit,
        work: BoxFuture<'_, Result<(), StoreError>>,
    ) -> Result<(), StoreError> {
        work.await
    }

    async fn call_blocking(&self, call: Box<dyn FnOnce() + Send>) {
        // The call fails only if it panics, or if the runtime stops before it begins.
        if let Err(error) = tokio::task::spawn_blocking(call).await
            && let Ok(panic) = error.try_into_panic()
        {
            resume_unwind(panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_byte_of_entropy_is_returned_twice() {
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
