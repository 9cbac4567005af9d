//! The plan nearest to a failing one that passes: what it takes to get away.

use super::{Search, shorten, weaken, workload};
use crate::world::plan::Plan;

/// A plan that passes, one small change away from one that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// The plan that passes.
    pub plan: Plan,
    /// The change, in words.
    pub change: String,
}

/// The smallest change to a minimal plan that passes: a number less, a weaker fault, a fault less, a user less.
pub(super) fn find(search: &mut Search<'_>, plan: &Plan) -> Option<Nearest> {
    let mut changes = shorter(plan);
    changes.extend(weaker(plan));
    changes.extend(fewer(plan));
    let plans = changes.iter().map(|change| change.plan.clone());
    // A fault that is changed and misses was removed, not changed.
    let place = search.first_green(plan, plans, |record| !record.injected.contains(&false))?;
    let mut nearest = changes.swap_remove(place);
    nearest.plan.name = format!("{}, passing", plan.name);
    Some(nearest)
}

fn shorter(plan: &Plan) -> Vec<Nearest> {
    each_fault(plan, |place| {
        let before = plan.faults[place].fault;
        // The larger of the smaller numbers is the smaller change.
        shorten::shorter(&before).into_iter().rev().collect()
    })
}

fn weaker(plan: &Plan) -> Vec<Nearest> {
    each_fault(plan, |place| weaken::one_notch(plan, &plan.faults[place]))
}

fn each_fault(
    plan: &Plan,
    others: impl Fn(usize) -> Vec<crate::world::plan::Fault>,
) -> Vec<Nearest> {
    let mut changes = Vec::new();
    for (place, planned) in plan.faults.iter().enumerate() {
        for fault in others(place) {
            let mut changed = plan.clone();
            changed.faults[place].fault = fault;
            let (before, at) = (planned.fault, &planned.trigger);
            let change = format!("with “{fault}” in place of “{before}” ({at})");
            changes.push(Nearest {
                plan: changed,
                change,
            });
        }
    }
    changes
}

/// One fault less; without faults, one operation or one blocked user less.
fn fewer(plan: &Plan) -> Vec<Nearest> {
    let mut changes = Vec::new();
    for (place, planned) in plan.faults.iter().enumerate() {
        let mut changed = plan.clone();
        changed.faults.remove(place);
        let change = format!("without “{planned}”");
        changes.push(Nearest {
            plan: changed,
            change,
        });
    }
    for (place, operation) in plan.workload.iter().enumerate() {
        for changed in workload::operations(plan, place..place + 1) {
            let change = format!("without operation {} of user {}", place + 1, operation.user);
            changes.push(Nearest {
                plan: changed,
                change,
            });
        }
    }
    for (place, user) in plan.blocked_users.iter().enumerate() {
        let mut changed = plan.clone();
        changed.blocked_users.remove(place);
        let change = format!("with user {user} not blocked");
        changes.push(Nearest {
            plan: changed,
            change,
        });
    }
    changes
}
