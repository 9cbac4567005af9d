//! Single faults and combinations of them, over the small sagas of likes.

use likewise_search::exhaustive::{Case, Choice, Combination, Combinations, Covered, bases, cases};
use likewise_sim_likes::{run, system};
use likewise_world::plan::InjectionPoint;

/// The number of faults that have so many pairs.
fn faults_of(pairs: u64) -> usize {
    let faults = (2..).find(|faults| faults * (faults - 1) / 2 == pairs);
    faults.unwrap() as usize
}

#[test]
fn the_three_sagas_have_injection_points_at_every_service() {
    for base in bases(system()) {
        let cases = cases(system(), &base).unwrap();
        for host in system().hosts() {
            let at_host = |case: &&Case| matches!(&case.point, InjectionPoint::Commit(point) if point.host == host);
            assert!(
                cases.iter().filter(at_host).count() >= 2,
                "{}: {host}",
                base.name
            );
        }
    }
}

#[test]
fn every_pair_of_every_base_has_a_number() {
    let pairs = Combinations::of(system(), Choice::Pairs).unwrap();
    let mut first = 0;
    for (base, (_, count)) in pairs.bases().enumerate() {
        let faults = faults_of(count);
        let last = pairs.get(first + count - 1).unwrap();
        assert_eq!(
            (last.base, last.faults),
            (base, vec![faults - 2, faults - 1])
        );
        let zero = pairs.get(first).unwrap();
        assert_eq!((zero.base, zero.faults), (base, vec![0, 1]));
        first += count;
    }
    assert_eq!(first, pairs.count());
    assert_eq!(pairs.get(first), None);
    assert!(pairs.plan(first).is_none());
    assert_eq!(pairs.plan(7).unwrap().faults.len(), 2);
}

#[test]
fn triples_are_drawn_by_their_seed_and_number() {
    let draw = |seed| {
        let choice = Choice::Triples { count: 20, seed };
        let triples = Combinations::of(system(), choice).unwrap();
        assert_eq!(triples.get(20), None);
        (0..20)
            .map(|number| triples.get(number).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert!(draw(1).iter().all(|triple| triple.faults.len() == 3));
}

#[test]
fn a_prevented_fault_is_covered_only_if_it_fires_alone() {
    let pairs = Combinations::of(system(), Choice::Pairs).unwrap();
    let combination = pairs.get(0).unwrap();
    let mut record = run(&pairs.plan(0).unwrap()).unwrap();
    let mut covered = |fired: [bool; 2], alone: bool| {
        record.injected = fired.to_vec();
        Combinations::covered(&combination, &record, |_, _| alone)
    };
    assert_eq!(covered([true, true], false), Covered::AllInjected);
    assert_eq!(covered([true, false], true), Covered::Prevented);
    assert_eq!(covered([false, true], true), Covered::Prevented);
    assert_eq!(covered([true, false], false), Covered::Missed);
    assert_eq!(covered([false, false], true), Covered::Missed);
}

/// Runs a sample of the pairs that need no run, and compares each with the run that it equals by proof.
#[test]
fn a_pair_that_needs_no_run_equals_the_run_of_one_of_its_faults() {
    let pairs = Combinations::of(system(), Choice::Pairs).unwrap();
    let mut compared = 0;
    for number in (0..pairs.count()).step_by(7_919) {
        let combination = pairs.get(number).unwrap();
        let Some(same) = pairs.equivalent_fault(&combination) else {
            continue;
        };
        let base = combination.base;
        let mut faults = combination.faults;
        faults.sort_by_key(|fault| *fault != same);
        let plan = pairs.plan_of(&Combination { base, faults });
        let record = run(&plan).unwrap();
        assert_eq!(record.injected, [true, false], "{}", record.plan.name);
        let alone = pairs.single_fault_run(base, same).unwrap();
        assert_eq!(record.hash, alone.hash, "{}", record.plan.name);
        compared += 1;
    }
    assert!(compared > 5, "{compared}");
}

#[test]
fn a_pair_of_faults_at_one_injection_point_is_run() {
    let pairs = Combinations::of(system(), Choice::Pairs).unwrap();
    let first_two = pairs.get(0).unwrap();
    assert_eq!(pairs.equivalent_fault(&first_two), None);
}
