//! A random stream of its own for names that decide nothing: ids of requests and spans, and the jitter of headers.
//!
//! They must not draw from [`Entropy`](crate::env::Entropy). Otherwise a run would depend on whether somebody watches it.

use std::{
    hash::Hasher,
    sync::atomic::{AtomicU64, Ordering},
};

use siphasher::sip128::{Hasher128, SipHasher13};

/// A stream of random numbers: hashes of a counter under a secret seed. It needs no lock.
pub(crate) struct RandomStream {
    seed: u64,
    drawn: AtomicU64,
}

impl RandomStream {
    pub(crate) fn new(seed: u64) -> Self {
        let drawn = AtomicU64::new(0);
        Self { seed, drawn }
    }

    pub(crate) fn draw(&self) -> u128 {
        let mut hasher = SipHasher13::new_with_keys(self.seed, 0);
        hasher.write_u64(self.drawn.fetch_add(1, Ordering::Relaxed));
        hasher.finish128().as_u128()
    }

    pub(crate) fn next(&self) -> u64 {
        u64::try_from(self.draw() >> 64).unwrap_or_default()
    }
}
