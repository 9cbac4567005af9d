//! A quick sweep: the first seeds of the swarm and a part of the exhaustive search, all green.
//!
//! It should find what a change breaks within seconds. `cargo mutants` runs it, too, and therefore needs it to be fast.

use std::sync::atomic::AtomicBool;

use likewise_reports::story::explain;
use likewise_search::{
    campaign::{self, Campaign, Plans},
    exhaustive,
};
use likewise_sim_likes::system;
use likewise_world::{plan::Plan, record::RunRecord};

/// Seeds that are run, from 0.
const SEEDS: u64 = 30;
/// Of this many single faults, one is run.
const STEP: usize = 23;

/// Runs plans on all cores. Every run must be green.
///
/// Events are dropped as soon as a run is judged, because all records are kept.
fn sweep(plans: Plans) -> Vec<RunRecord> {
    let stop = AtomicBool::new(false);
    let campaign = Campaign {
        system: system(),
        plans,
        jobs: None,
        budget: None,
        stop: &stop,
    };
    let mut records = Vec::new();
    let finished = campaign::run(&campaign, |mut record, _| {
        let explanation = explain(&record).join("\n");
        assert!(record.is_green(), "{}\n{explanation}", record.plan.name);
        record.events.clear();
        records.push(record);
    });
    assert!(finished.breakdowns.is_empty(), "{:?}", finished.breakdowns);
    records
}

#[test]
fn the_first_seeds_are_green() {
    let records = sweep(Plans::Seeds(0..SEEDS));
    let sum = |of: fn(&RunRecord) -> u64| records.iter().map(of).sum::<u64>();
    // A sweep in which nothing happens would prove nothing.
    assert!(sum(|record| record.sagas.completed) > 60);
    assert!(sum(|record| record.sagas.compensated) > 10);
    assert!(sum(|record| record.sagas.recovered) > 0);
    let repeats = sum(|record| record.repeats_answered);
    assert!(repeats > 5, "{repeats}");
}

/// The step is a prime number, so that it does not always meet the same kind of fault in the list.
#[test]
fn a_part_of_the_single_faults_fires_and_is_green() {
    let cases = |base: Plan| exhaustive::cases(system(), &base).expect("the clean run runs");
    let focused = exhaustive::focused_bases(system());
    let focused = focused
        .iter()
        .flat_map(|base| base.cases(system()).expect("the base runs"));
    let all = exhaustive::bases(system())
        .into_iter()
        .flat_map(cases)
        .chain(focused);
    let some: Vec<Plan> = all.step_by(STEP).map(|case| case.plan).collect();
    for record in sweep(Plans::List(some)) {
        assert!(!record.injected.contains(&false), "{}", record.plan.name);
    }
}
