//! The attempts at one request: how many failed in a row, and the pauses between them.

use std::{iter, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};

use super::core::Core;
use crate::protocol::RetryPolicy;

/// The attempts at one request. A reply, and the change from actions to seals at a deadline, begin a new one.
pub(super) struct Retry {
    /// Attempts without a reply, in a row.
    pub(super) failures: u32,
    seed: u64,
    /// The pauses, from the first failure on. Most requests need none.
    pauses: Option<Box<dyn Iterator<Item = Duration> + Send>>,
}

impl Retry {
    /// The first attempt. The jitter is seeded from the environment, so that a simulated run is deterministic.
    pub(super) fn new(core: &Core) -> Self {
        Self {
            failures: 0,
            seed: core.env.random(),
            pauses: None,
        }
    }

    /// The attempts at a request that has parked its saga already: each after the longest pause.
    pub(super) fn slow(core: &Core, policy: RetryPolicy) -> Self {
        let (_, pause_max) = pause_limits(core, policy);
        Self {
            failures: core.config.park_after.max(1),
            seed: 0,
            pauses: Some(Box::new(iter::repeat(pause_max))),
        }
    }

    /// The pause before the next attempt.
    pub(super) fn next_pause(&mut self, core: &Core, policy: RetryPolicy) -> Duration {
        let (pause_min, pause_max) = pause_limits(core, policy);
        let seed = self.seed;
        let pauses = self
            .pauses
            .get_or_insert_with(|| Box::new(pauses(seed, pause_min, pause_max)));
        pauses.next().unwrap_or(pause_max)
    }
}

/// The shortest and the longest pause between two attempts at a step.
fn pause_limits(core: &Core, policy: RetryPolicy) -> (Duration, Duration) {
    let pause_min = policy.pause_min.unwrap_or(core.config.pause_min);
    let pause_max = policy.pause_max.unwrap_or(core.config.pause_max);
    // If only one of them is set, it may be on the wrong side of the executor's other one.
    match policy.pause_min {
        Some(_) => (pause_min, pause_max.max(pause_min)),
        None => (pause_min.min(pause_max), pause_max),
    }
}

/// The pauses between attempts: exponential with jitter, without an end, because a saga must end.
pub(super) fn pauses(
    seed: u64,
    pause_min: Duration,
    pause_max: Duration,
) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(pause_min)
        .with_max_delay(pause_max)
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(seed)
        .build()
}
