//! The sagas that an exhaustive search runs, and the lengths of time that their faults are made of.

use likewise_world::{
    System,
    plan::{Plan, Timing},
};

/// A system with short time-outs on a fast network. Each saga runs hundreds of thousands of times, and every time-out is
/// a wait of simulated time.
const TIMING: Timing = Timing {
    tick_millis: 10,
    latency_max_millis: 10,
    step_timeout_millis: 80,
    saga_deadline_millis: 350,
    scan_every_millis: 1_000,
    heal_after_millis: 60_000,
    converge_within_millis: 120_000,
};
/// A client's time-out. It is longer than the coordinator takes to answer that the outcome is in doubt.
const TIMEOUT_MILLIS: u64 = 750;
/// A disturbance that a saga survives: longer than the time-out of one attempt at a step.
pub(super) const SHORT_MILLIS: u64 = 120;
/// A disturbance that a saga does not survive: longer than its deadline.
pub(super) const LONG_MILLIS: u64 = 450;

/// The sagas that are searched: those of the system, with short time-outs.
#[must_use]
pub fn bases(system: &dyn System) -> Vec<Plan> {
    let mut bases = system.bases();
    bases.iter_mut().for_each(with_short_timeouts);
    bases
}

/// Gives a plan the short time-outs.
pub(super) fn with_short_timeouts(plan: &mut Plan) {
    plan.timing = TIMING;
    for operation in &mut plan.workload {
        operation.timeout_millis = TIMEOUT_MILLIS;
    }
}
