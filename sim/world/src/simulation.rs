//! The turmoil simulation under a run: its clock, its packets and its links.

use std::time::{Duration, UNIX_EPOCH};

use turmoil::Sim;

use super::{handle::World, process::environment::EPOCH_SECONDS};

/// Connections that may wait to be accepted, and packets of one connection in flight. turmoil panics when the backlog
/// overflows, so it is larger than any run needs.
const TCP_CAPACITY: usize = 4_096;

/// The simulation of a plan, without hosts. Its seed and its epoch come from the plan: turmoil's defaults are random
/// and the wall clock.
pub(super) fn simulation(world: &World) -> Sim<'static> {
    let plan = world.plan();
    let timing = plan.timing;
    turmoil::Builder::new()
        .rng_seed(plan.noise)
        .epoch(UNIX_EPOCH + Duration::from_secs(EPOCH_SECONDS))
        .tick_duration(Duration::from_millis(timing.tick_millis))
        .min_message_latency(Duration::from_millis(timing.tick_millis))
        .max_message_latency(Duration::from_millis(timing.latency_max_millis))
        .simulation_duration(Duration::from_secs(86_400))
        .tcp_capacity(TCP_CAPACITY)
        .build()
}
