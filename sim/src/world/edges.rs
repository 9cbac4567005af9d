//! The edges of a simulated process: clock, entropy, network and storage of its world.

use std::sync::{Arc, Mutex, PoisonError};

use likewise::{
    edges::{Clock, Edges, Entropy},
    time::Timestamp,
};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::{Boot, FaultyDialer, World, store::SimStore};

/// When every simulated world begins: 2026-01-01T00:00:00Z, in seconds since 1970.
pub(crate) const EPOCH_SECONDS: u64 = 1_767_225_600;

/// The edges of one process.
#[must_use]
pub fn edges(world: &World, boot: &Arc<Boot>) -> Edges {
    let seed = world.plan().noise ^ ((boot.host as u64) << 32) ^ u64::from(boot.number);
    Edges {
        clock: Arc::new(SimClock),
        entropy: Arc::new(SimEntropy(Mutex::new(Pcg64Mcg::seed_from_u64(seed)))),
        dialer: Arc::new(FaultyDialer::new(world.clone(), Arc::clone(boot))),
        store: Arc::new(SimStore::new(world.clone(), Arc::clone(boot))),
    }
}

/// The machine's simulated clock.
struct SimClock;

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let since = turmoil::sim_elapsed().unwrap_or_default().as_micros();
        let epoch = EPOCH_SECONDS * 1_000_000;
        Timestamp(i64::try_from(u128::from(epoch) + since).unwrap_or(i64::MAX))
    }
}

/// The process's own random stream.
struct SimEntropy(Mutex<Pcg64Mcg>);

impl Entropy for SimEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.fill_bytes(bytes);
    }
}
