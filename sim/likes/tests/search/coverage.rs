//! What counts as new.

use likewise_search::coverage::Coverage;
use likewise_sim_likes::{Action, run, single};
use likewise_world::{
    plan::FaultKind,
    record::{Ending, Injection},
};

fn injection(kind: FaultKind, place: &str) -> Injection {
    Injection {
        fault: 0,
        kind,
        place: place.to_owned(),
        event: 0,
        endings: vec![Ending::Committed],
    }
}

#[test]
fn only_what_is_new_counts() {
    let mut record = run(&single(Action::Like, false)).unwrap();
    let mut coverage = Coverage::default();
    assert!(coverage.add(&record), "its properties");
    assert!(!coverage.add(&record));

    record.injections = vec![injection(FaultKind::Crash, "here")];
    assert!(coverage.add(&record), "a cell");
    assert!(!coverage.add(&record));
    record.injections.push(injection(FaultKind::Crash, "there"));
    assert!(coverage.add(&record), "another place");
    record.injections.push(injection(FaultKind::Busy, "here"));
    assert!(
        coverage.add(&record),
        "another kind, and two kinds in one run"
    );
    let counts = coverage.counts();
    assert_eq!((counts.cells, counts.pairs), (3, 1));
    record.injections.reverse();
    assert!(!coverage.add(&record), "a pair has no order");
}

#[test]
fn a_property_counts_again_when_it_is_exercised_twice_as_often() {
    let mut record = run(&single(Action::Like, false)).unwrap();
    let mut coverage = Coverage::default();
    record.properties[0].exercised = 5;
    coverage.add(&record);
    record.properties[0].exercised = 7;
    assert!(!coverage.add(&record), "the same level");
    record.properties[0].exercised = 8;
    assert!(coverage.add(&record), "the next one");
    record.properties[0].exercised = 0;
    assert!(!coverage.add(&record), "not exercised is no level");
}
