//! Draws operations that name things that do not exist, and a reader that asks for such things.
//!
//! They are added to what is drawn already, so the other operations stay as they are.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::SPREAD_MILLIS;
use crate::{
    System,
    plan::{Operation, Plan},
};

/// Of so many plans, one has such operations.
const PLANS: u32 = 6;
/// The most such operations of a plan.
const OPERATIONS_MAX: u32 = 4;

/// Adds operations to some plans of a system that says what is missing in it.
pub(super) fn draw(rng: &mut Pcg64Mcg, system: &dyn System, plan: &mut Plan) {
    let Some(missing) = system.missing_things() else {
        return;
    };
    if !rng.random_ratio(1, PLANS) {
        return;
    }
    plan.reads_missing = rng.random_bool(0.5);
    for _ in 0..rng.random_range(1..=OPERATIONS_MAX) {
        let at_millis = rng.random_range(0..SPREAD_MILLIS);
        let operation = Operation {
            keyed: rng.random_bool(0.7),
            clicks: 1 + u32::from(rng.random_ratio(1, 8)),
            retries: rng.random_range(0..=2),
            ..Operation::new(missing.draw(rng, plan), at_millis)
        };
        plan.workload.push(operation);
    }
}
