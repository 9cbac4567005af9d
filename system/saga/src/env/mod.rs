//! The environment: everything a service takes from the outside world, in one struct.
//!
//! Time, entropy, sockets and the execution of storage work enter here and nowhere else. Therefore a simulator can run the
//! same services in an environment that it controls. [`real`] is the one file that uses the operating system.

mod http_client;
pub mod real;

use std::sync::Arc;

use tokio::time::Instant;
use uuid::Uuid;

pub use http_client::{ExchangeError, HttpClient, HyperClient, IDLE_CONNECTION_TIMEOUT, address};

use crate::{store::StoreExecutor, time::Timestamp};

/// Everything a service takes from the outside world. Clones share it.
#[derive(Clone)]
pub struct Env {
    /// Wall-clock time for what is stored and shown, and a steady clock for what is measured. Timers use tokio's clock.
    pub clock: Arc<dyn Clock>,
    /// Random bytes for ids and jitter.
    pub entropy: Arc<dyn Entropy>,
    /// HTTP requests to other services.
    pub http_client: Arc<dyn HttpClient>,
    /// How databases are opened and where their transactions run.
    pub store: Arc<dyn StoreExecutor>,
}

/// A source of time.
pub trait Clock: Send + Sync {
    /// The wall-clock time. It may jump, also backwards, so only liveness may depend on it.
    fn now(&self) -> Timestamp;

    /// A clock that never jumps and never goes back, for measuring durations. It may run slightly too fast or too slow. By
    /// default it is the clock of tokio's timers.
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
    /// A new UUID of version 7, from this environment's clock and entropy.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let millis = u64::try_from(self.clock.now().0 / 1_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A random number, to seed jitter.
    #[must_use]
    pub fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}
