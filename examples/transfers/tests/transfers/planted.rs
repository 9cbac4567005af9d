//! Every planted bug is caught by each property that it lists, and the product passes the same plan.

use likewise_transfers::TRANSFERS;
use likewise_world::{
    System,
    plan::{PRODUCT, Plan},
};

use super::{passed, run, violated};

fn plans() -> impl Iterator<Item = (&'static [&'static str], Plan)> {
    let system: &dyn System = &TRANSFERS;
    let bugs = system.planted_bugs().iter();
    bugs.map(move |bug| (bug.caught_by, system.plan_of_bug(bug.name).unwrap()))
}

#[test]
fn every_planted_bug_violates_each_property_it_lists() {
    let mut missed = Vec::new();
    for (caught_by, plan) in plans() {
        let record = run(&plan);
        if record.injected.contains(&false) {
            missed.push(format!("a fault of {} did not fire", plan.system));
        }
        let found = violated(&record);
        if !caught_by.iter().all(|property| found.contains(property)) {
            missed.push(format!(
                "{} violates {found:?}, not {caught_by:?}",
                plan.system
            ));
        }
        // The control is right.
        if caught_by.is_empty() && !found.is_empty() {
            missed.push(format!("{} violates {found:?}", plan.system));
        }
    }
    assert_eq!(missed, [""; 0]);
}

#[test]
fn the_product_passes_the_plan_of_every_planted_bug() {
    for (_, mut plan) in plans() {
        plan.system = PRODUCT.to_owned();
        passed(&plan);
    }
}

#[test]
fn there_are_three_bugs_of_transfers_and_one_control() {
    let (own, any_saga): (Vec<_>, Vec<_>) = plans()
        .map(|(caught_by, _)| caught_by)
        .enumerate()
        .partition(|(place, _)| *place < 3);
    assert_eq!((own.len(), any_saga.len()), (3, 52));
    let controls = any_saga.iter().filter(|(_, it)| it.is_empty());
    assert_eq!(controls.count(), 1);
}
