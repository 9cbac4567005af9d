//! Which failure is this?

use likewise_search::fingerprint::{Failure, causes, fingerprint};
use likewise_sim_likes::{LIKES, run, system};
use likewise_world::{plan::generate, record::RunRecord};

fn caught(name: &str) -> RunRecord {
    run(&system().plan_of_bug(name).unwrap()).unwrap()
}

#[test]
fn a_green_run_has_no_fingerprint() {
    let record = run(&generate(&LIKES, 0)).unwrap();
    assert_eq!(Failure::of(&record), None);
    assert_eq!(fingerprint(&record), None);
}

#[test]
fn a_failure_is_its_property_and_where_it_was_observed() {
    let failure = |name| Failure::of(&caught(name)).unwrap().to_string();
    assert_eq!(
        failure("double-undo"),
        "undo-twice-is-undo in double-undo at article"
    );
    assert_eq!(
        failure("abort-without-seal"),
        "acknowledged-like-stays in abort-without-seal at a commit of steps at user"
    );
}

#[test]
fn a_fingerprint_is_the_property_and_the_faults_that_fired_before() {
    let mut record = caught("reset-is-refusal");
    assert_eq!(
        fingerprint(&record).unwrap(),
        "compensated-is-none-done in reset-is-refusal after lose-reply"
    );
    record.violations[0].event = 0;
    assert!(causes(&record).is_empty(), "the fault fired after that");
    record.violations.clear();
    assert_eq!(
        causes(&record).len(),
        1,
        "without a violation, all that fired"
    );
}
