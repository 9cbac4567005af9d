//! Everything a service takes from the outside world, in one struct.
//!
//! Time, entropy, sockets and the carrying out of storage work enter here and nowhere else, so
//! that a simulator can put a world of its own around the very same services. [`real`] is the
//! one file that touches the operating system.

mod http_client;
pub mod real;

use std::sync::Arc;

use tokio::time::Instant;
use uuid::Uuid;

pub use http_client::{ExchangeError, HttpClient, HyperClient, IDLE_CONNECTION_KEPT_FOR, address};

use crate::{store::StoreExecutor, time::Timestamp};

/// Everything a service takes from the outside world.
#[derive(Clone)]
pub struct Env {
    /// Wall-clock time, for what is stored and shown, and a steady clock, for what is measured.
    /// Waiting uses tokio's clock.
    pub clock: Arc<dyn Clock>,
    /// Random bytes, for identities and jitter.
    pub entropy: Arc<dyn Entropy>,
    /// Requests to other services.
    pub http_client: Arc<dyn HttpClient>,
    /// How databases are opened and their transactions carried out.
    pub store: Arc<dyn StoreExecutor>,
}

/// A source of time.
pub trait Clock: Send + Sync {
    /// The wall-clock time now. May jump, also backwards: nothing but liveness may depend on it.
    fn now(&self) -> Timestamp;

    /// A clock that never jumps and never goes back; it may run a little too fast or too slow.
    /// Tells how long something took, and nothing else. Unless a world says otherwise, the clock
    /// that waiting uses.
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
    /// A fresh UUID version 7 from this world's clock and entropy.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.entropy.fill(&mut random);
        let millis = u64::try_from(self.clock.now().0 / 1_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A random number, for seeding jitter.
    #[must_use]
    pub fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}
