//! The prober of a swarm plan, and a limit on connections that its clients can reach.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::plan::{FaultKind, Plan};

/// The most connections of a plan with a tight limit. A few clients can take them all.
const TIGHT_MAX: u32 = 4;

/// Draws whether the plan has a prober: half of the plans with a fault of a later kind have one. Other plans have none,
/// so that their runs stay as they are.
pub(super) fn draw(rng: &mut Pcg64Mcg, plan: &mut Plan) {
    plan.probes_readiness = rng.random_bool(0.5);
    let mut kinds = plan.faults.iter().map(|planned| planned.fault.kind());
    let withholds = kinds.any(|kind| kind == FaultKind::WithheldBody);
    if plan.probes_readiness && withholds && rng.random_bool(0.5) {
        plan.limits.connections_max = rng.random_range(1..=TIGHT_MAX);
    }
}
