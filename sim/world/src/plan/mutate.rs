//! Mutation: small changes to a plan that showed something new, so that a search looks at its neighbours.
//!
//! A mutant is an ordinary plan: it is valid, and it can be written, replayed and shrunk. Its parents and a seed
//! determine it.

use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;

use super::{Fault, Plan, PlannedFault, Trigger, problem};
use crate::System;

/// The most changes of one mutant.
const CHANGES_MAX: u32 = 3;
/// How often another change is drawn when one makes an invalid plan.
const TRIES_MAX: u32 = 8;
/// The most faults of a mutant. A line of mutants that only grows would be slow to run and hard to read.
const FAULTS_MAX: usize = 32;
/// The most operations of a mutant.
const OPERATIONS_MAX: usize = 96;
/// The most by which the number of a trigger moves.
const MOVE_MAX: u32 = 8;
/// The most by which the time of a trigger moves.
const MOVE_MILLIS_MAX: u64 = 1_000;

/// A change may do nothing, for example if there is no fault to remove. The caller then draws another one.
type Change = fn(&mut Pcg64Mcg, &mut Plan, &Plan);

/// Every way to change a plan.
const CHANGES: [Change; 9] = [
    take_fault,
    remove_fault,
    repeat_fault,
    move_trigger,
    rescale_fault,
    swap_field,
    take_operation,
    splice,
    other_noise,
];

/// A plan that differs a little from `plan`. Faults and operations that it gains come from `other`.
#[must_use]
pub fn mutate(system: &dyn System, plan: &Plan, other: &Plan, seed: u64) -> Plan {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut mutant = plan.clone();
    for _ in 0..rng.random_range(1..=CHANGES_MAX) {
        if let Some(changed) = changed(system, &mut rng, &mutant, other) {
            mutant = changed;
        }
    }
    // One change may undo another, and none may be possible.
    if mutant == *plan {
        other_noise(&mut rng, &mut mutant, other);
    }
    mutant.seed = None;
    mutant.name = format!("mutant {seed:x} of {}", root(&plan.name));
    mutant
}

/// The name of the plan with which a line of mutants began. Without it, the name would grow.
fn root(name: &str) -> &str {
    match name
        .strip_prefix("mutant ")
        .and_then(|rest| rest.split_once(" of "))
    {
        Some((_, root)) => root,
        None => name,
    }
}

/// The plan after one valid change that makes a difference.
fn changed(system: &dyn System, rng: &mut Pcg64Mcg, plan: &Plan, other: &Plan) -> Option<Plan> {
    (0..TRIES_MAX).find_map(|_| {
        let mut candidate = plan.clone();
        let change = CHANGES.choose(rng)?;
        change(rng, &mut candidate, other);
        let fits =
            candidate.faults.len() <= FAULTS_MAX && candidate.workload.len() <= OPERATIONS_MAX;
        (fits && candidate != *plan && problem(system, &candidate).is_none()).then_some(candidate)
    })
}

fn take_fault(rng: &mut Pcg64Mcg, plan: &mut Plan, other: &Plan) {
    plan.faults.extend(other.faults.choose(rng).cloned());
}

fn remove_fault(rng: &mut Pcg64Mcg, plan: &mut Plan, _: &Plan) {
    if let Some(place) = place(rng, plan.faults.len()) {
        plan.faults.remove(place);
    }
}

fn repeat_fault(rng: &mut Pcg64Mcg, plan: &mut Plan, _: &Plan) {
    if let Some(mut again) = plan.faults.choose(rng).cloned() {
        again.trigger = moved(rng, again.trigger);
        plan.faults.push(again);
    }
}

fn move_trigger(rng: &mut Pcg64Mcg, plan: &mut Plan, _: &Plan) {
    if let Some(place) = place(rng, plan.faults.len()) {
        let PlannedFault { trigger, .. } = &mut plan.faults[place];
        *trigger = moved(rng, trigger.clone());
    }
}

fn rescale_fault(rng: &mut Pcg64Mcg, plan: &mut Plan, _: &Plan) {
    if let Some(place) = place(rng, plan.faults.len()) {
        let fault = &mut plan.faults[place].fault;
        *fault = rescaled(rng, *fault).unwrap_or(*fault);
    }
}

/// Swaps one field of what two operations do: their actions, or their clients.
fn swap_field(rng: &mut Pcg64Mcg, plan: &mut Plan, _: &Plan) {
    let length = plan.workload.len();
    let (Some(one), Some(two)) = (place(rng, length), place(rng, length)) else {
        return;
    };
    let fields = &plan.workload[one].what;
    let Some(field) = place(rng, fields.len()).and_then(|place| fields.keys().nth(place)) else {
        return;
    };
    let field = field.clone();
    let of = |place: usize| plan.workload[place].what.get(&field).cloned();
    if let (Some(first), Some(second)) = (of(one), of(two)) {
        plan.workload[one].what.insert(field.clone(), second);
        plan.workload[two].what.insert(field, first);
    }
}

fn take_operation(rng: &mut Pcg64Mcg, plan: &mut Plan, other: &Plan) {
    plan.workload.extend(other.workload.choose(rng).cloned());
}

/// Combines a random half of the faults of each plan, the operators of both, and a receiver.
///
/// Two plans that each showed something new may show a third thing together.
fn splice(rng: &mut Pcg64Mcg, plan: &mut Plan, other: &Plan) {
    let keep = |rng: &mut Pcg64Mcg, faults: &[PlannedFault]| -> Vec<PlannedFault> {
        let halves = faults.iter().filter(|_| rng.random_bool(0.5));
        halves.cloned().collect()
    };
    plan.faults = keep(rng, &plan.faults);
    plan.faults.extend(keep(rng, &other.faults));
    plan.operators = plan.operators.max(other.operators);
    plan.receiver = plan.receiver.take().or_else(|| other.receiver.clone());
}

fn other_noise(rng: &mut Pcg64Mcg, plan: &mut Plan, _: &Plan) {
    plan.noise = rng.next_u64();
}

fn place(rng: &mut Pcg64Mcg, length: usize) -> Option<usize> {
    (length > 0).then(|| rng.random_range(0..length))
}

/// The trigger, a little earlier or later.
fn moved(rng: &mut Pcg64Mcg, mut trigger: Trigger) -> Trigger {
    let earlier = rng.random_bool(0.5);
    let by = rng.random_range(1..=MOVE_MAX);
    let near = |number: u32| match earlier {
        true => number.saturating_sub(by).max(1),
        false => number.saturating_add(by),
    };
    match &mut trigger {
        Trigger::Message(point) => point.nth = near(point.nth),
        Trigger::Commit(point) => point.nth = near(point.nth),
        Trigger::At { millis } => {
            let by = rng.random_range(1..=MOVE_MILLIS_MAX);
            *millis = match earlier {
                true => millis.saturating_sub(by),
                false => millis.saturating_add(by),
            };
        }
    }
    trigger
}

/// The fault with one of its numbers halved or doubled. `None` if it has no number. The JSON form lists the numbers of any
/// fault.
fn rescaled(rng: &mut Pcg64Mcg, fault: Fault) -> Option<Fault> {
    let mut written = serde_json::to_value(fault).ok()?;
    let fields = written.as_object_mut()?.iter_mut();
    let mut numbers: Vec<&mut Value> = fields
        .filter_map(|(_, value)| value.is_i64().then_some(value))
        .collect();
    let place = place(rng, numbers.len())?;
    let number = numbers[place].as_i64()?;
    *numbers[place] = match rng.random_bool(0.5) {
        true => (number / 2).into(),
        false => number.saturating_mul(2).into(),
    };
    serde_json::from_value(written).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::plan::generate;
    use crate::testing::{SHOP, one_order};

    fn mutants(count: u64) -> impl Iterator<Item = (Plan, Plan)> {
        (0..count).map(|seed| {
            let (plan, other) = (generate(&SHOP, seed % 17), generate(&SHOP, seed % 19 + 100));
            let mutant = mutate(&SHOP, &plan, &other, seed);
            (plan, mutant)
        })
    }

    #[test]
    fn a_mutant_can_be_run_and_is_determined_by_its_parents_and_seed() {
        for (_, mutant) in mutants(500) {
            assert_eq!(problem(&SHOP, &mutant), None, "{}", mutant.name);
            assert!(mutant.faults.len() <= FAULTS_MAX);
        }
        let again: Vec<_> = mutants(50).collect();
        assert!(again.iter().zip(mutants(50)).all(|(one, two)| *one == two));
    }

    #[test]
    fn a_mutant_differs_and_seeds_give_different_ones() {
        let mut different = BTreeSet::new();
        for (plan, mutant) in mutants(200) {
            let named = Plan {
                name: plan.name.clone(),
                seed: plan.seed,
                ..mutant.clone()
            };
            assert_ne!(named, plan);
            different.insert(format!("{:?}{:?}", mutant.faults, mutant.workload));
        }
        assert!(different.len() > 150, "{}", different.len());
    }

    #[test]
    fn each_change_happens() {
        let (plan, other) = (generate(&SHOP, 3), generate(&SHOP, 4));
        let rng = &mut Pcg64Mcg::seed_from_u64(1);
        for (number, change) in CHANGES.iter().enumerate() {
            let happens = (0..50).any(|_| {
                let mut changed = plan.clone();
                change(rng, &mut changed, &other);
                changed != plan
            });
            assert!(happens, "change {number}");
        }
    }

    #[test]
    fn a_plan_without_faults_has_mutants_too() {
        let plan = one_order();
        let mutant = mutate(&SHOP, &mutate(&SHOP, &plan, &plan, 1), &plan, 2);
        assert_eq!(problem(&SHOP, &mutant), None);
        assert_eq!(
            mutant.name, "mutant 2 of one order",
            "the name does not grow"
        );
    }
}
