//! The configuration of a swarm plan: long or short time-outs, on a fast or a slow network.
//!
//! A bug may need a deadline that is short in comparison with the latency, or a long one. No single configuration can
//! have both.

use rand::{RngExt, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use crate::plan::Timing;

/// The longest latencies to choose from, in milliseconds.
const LATENCIES_MILLIS: [u64; 3] = [10, 20, 60];

/// Draws a configuration. Half of the seeds keep the default.
///
/// The tick and the bounds of the run keep their defaults.
pub(super) fn draw(rng: &mut Pcg64Mcg) -> Timing {
    let timing = Timing::default();
    if rng.random_bool(0.5) {
        return timing;
    }
    let step_timeout_millis = rng.random_range(150..800);
    Timing {
        latency_max_millis: LATENCIES_MILLIS
            .choose(rng)
            .copied()
            .unwrap_or(timing.latency_max_millis),
        step_timeout_millis,
        // At least two attempts fit into the deadline.
        saga_deadline_millis: step_timeout_millis * rng.random_range(2..10),
        scan_every_millis: rng.random_range(1_000..12_000),
        ..timing
    }
}
