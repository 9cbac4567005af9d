//! The nearest plan that passes: the smallest change to a minimal plan that avoids its failure.
//!
//! It shows where the edge is. "A delay of 40 ms passes, 80 ms fails" often explains more than the failure itself.

use super::{search::Search, shorten, weaken, workload};
use likewise_world::{
    System,
    plan::{Fault, Plan},
};

/// A plan that passes and differs from a failing one by one small change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// The plan that passes.
    pub plan: Plan,
    /// The change, in words.
    pub change: String,
}

/// Finds the smallest change that makes a minimal plan pass. From small to large: a smaller number, a weaker fault, one
/// fault less, one operation or part of the set-up less.
///
/// The runs count towards the limit of the search. If it is used up, there is no nearest plan.
pub(super) fn find(search: &mut Search<'_>, plan: &Plan) -> Option<Nearest> {
    let mut changes = shorter(plan);
    changes.extend(weaker(plan));
    changes.extend(fewer(search.system(), plan));
    let plans = changes.iter().map(|change| change.plan.clone());
    // Every fault must fire: a changed fault that no longer fires is the same as a removed one.
    let place = search.first_green(plan, plans, |record| !record.injected.contains(&false))?;
    let mut nearest = changes.swap_remove(place);
    nearest.plan.name = format!("{}, passing", plan.name);
    Some(nearest)
}

/// One number of one fault smaller.
fn shorter(plan: &Plan) -> Vec<Nearest> {
    each_fault(plan, |place| {
        let before = plan.faults[place].fault;
        // The larger of two smaller numbers is the smaller change, so it comes first.
        shorten::shorter(&before).into_iter().rev().collect()
    })
}

/// One fault replaced by the next weaker kind.
///
/// Only the next weaker kind: if a much weaker fault passes, that is no surprise.
fn weaker(plan: &Plan) -> Vec<Nearest> {
    each_fault(plan, |place| weaken::next_weaker(plan, &plan.faults[place]))
}

/// Each fault in turn replaced by each of `others(index)`.
fn each_fault(plan: &Plan, others: impl Fn(usize) -> Vec<Fault>) -> Vec<Nearest> {
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

/// One fault, one operation or one part of the set-up less.
///
/// One of these nearly always passes, because the plan is minimal. They come last because they explain least.
fn fewer(system: &dyn System, plan: &Plan) -> Vec<Nearest> {
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
            let (noun, client) = (system.nouns().client, system.client(&operation.what));
            let change = format!("without operation {} of {noun} {client}", place + 1);
            changes.push(Nearest {
                plan: changed,
                change,
            });
        }
    }
    let smaller = system.smaller_set_ups(plan).into_iter();
    changes.extend(smaller.map(|(plan, change)| Nearest { plan, change }));
    changes
}
