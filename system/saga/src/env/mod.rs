//! Everything that a service takes from outside, in one struct: time, entropy, HTTP requests, and where storage work runs.
//!
//! Services use nothing else of the operating system. So a simulator can run the same services on its own clock, network
//! and disks. [`real`] is the only file that touches the operating system; the linter names the calls that belong there.
//! How storage work runs is a trait of the store: [`StoreExecutor`].

mod http_client;
pub mod real;
mod tls_client;

use std::sync::Arc;

use tokio::time::Instant;
use uuid::Uuid;

pub(crate) use http_client::CONNECT_TIMEOUT;
pub use http_client::{ExchangeError, HttpClient, HyperClient, IDLE_CONNECTION_TIMEOUT, join_uri};
pub use tls_client::{TlsClient, TlsClientError};

use crate::{security::SecretSource, store::StoreExecutor, time::Timestamp, trace::Tracer};

/// Everything that a service takes from outside. Clones share it.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use likewise_saga::{
///     env::{Clock, Env, real},
///     time::Timestamp,
/// };
///
/// struct Stopped;
///
/// impl Clock for Stopped {
///     fn now(&self) -> Timestamp {
///         Timestamp(1_443_109_011_456_000)
///     }
/// }
///
/// let env = Env {
///     clock: Arc::new(Stopped),
///     ..real::env()
/// };
/// assert!(env.uuid().to_string().starts_with("01500000-0000-7"));
/// ```
#[derive(Clone)]
pub struct Env {
    /// Time. To wait, services use tokio's clock, which a simulator pauses.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for ids and jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Requests to other services.
    pub http_client: Arc<dyn HttpClient>,
    /// The secrets that services show each other. They may change at any moment.
    pub service_secrets: Arc<dyn SecretSource>,
    /// Where storage work runs.
    pub store: Arc<dyn StoreExecutor>,
    /// Makes the spans of a trace. It is off unless somebody collects them.
    pub tracer: Tracer,
}

/// A source of time.
pub trait Clock: Send + Sync {
    /// The wall-clock time, for what is stored and shown. It may jump forwards and backwards, so only liveness may depend
    /// on it, never safety.
    fn now(&self) -> Timestamp;

    /// A monotonic clock, for measuring durations. It may run a little too fast or too slow. By default it is tokio's
    /// clock.
    fn steady(&self) -> Instant {
        Instant::now()
    }
}

/// A source of random bytes.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

impl Env {
    /// Makes a UUID of version 7 from the clock and the entropy.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let millis = u64::try_from(self.clock.now().0 / 1_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Draws a random number, for example to seed jitter.
    #[must_use]
    pub fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}
