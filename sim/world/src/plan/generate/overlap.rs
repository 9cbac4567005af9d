//! Draws clients that do not wait: requests of one client in flight at once, and keys that operations share.
//!
//! It changes operations that are drawn already, so it works for every system.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::{System, plan::Plan};

/// Of so many plans, one has such clients.
const PLANS: u32 = 3;
/// How soon after the previous operation one that overlaps starts, in milliseconds.
const SOON_MILLIS: u64 = 60;
/// The keys that operations of a plan share.
const SHARED_KEYS: u32 = 2;

/// Lets some operations of a plan overlap, and some share a key.
pub(super) fn draw(rng: &mut Pcg64Mcg, system: &dyn System, plan: &mut Plan) {
    if !rng.random_ratio(1, PLANS) {
        return;
    }
    let shares = rng.random_bool(0.5);
    let mut last_starts = BTreeMap::new();
    for operation in &mut plan.workload {
        let client = system.client(&operation.what);
        let soon = rng.random_range(0..SOON_MILLIS);
        let overlaps = rng.random_bool(0.4);
        if let Some(last) = last_starts.get(&client).filter(|_| overlaps) {
            operation.overlaps = true;
            operation.at_millis = last + soon;
        }
        last_starts.insert(client, operation.at_millis);
        let number = rng.random_range(1..=SHARED_KEYS);
        if rng.random_bool(0.3) && shares && operation.keyed {
            operation.key = Some(format!("shared-{number}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::{Operation, generate, problem},
        testing::SHOP,
    };

    #[test]
    fn some_plans_have_operations_that_overlap_and_some_share_keys() {
        let plans: Vec<Plan> = (0..100).map(|seed| generate(&SHOP, seed)).collect();
        let has = |is: fn(&Operation) -> bool| {
            let has = |plan: &&Plan| plan.workload.iter().any(is);
            plans.iter().filter(has).count()
        };
        assert!((20..50).contains(&has(|operation| operation.overlaps)));
        assert!((5..30).contains(&has(|operation| operation.key.is_some())));
        assert!(plans.iter().all(|plan| problem(&SHOP, plan).is_none()));
    }
}
