//! One plan gives equal runs.

use likewise_search::determinism::compare;
use likewise_sim_likes::{LIKES, run};
use likewise_world::plan::generate;

#[test]
fn one_plan_gives_equal_runs() {
    let plan = generate(&LIKES, 3);
    assert_eq!(
        compare(&run(&plan).unwrap(), &run(&plan).unwrap(), "again"),
        None
    );
}

#[test]
fn a_divergence_names_the_first_event_that_differs() {
    let left = generate(&LIKES, 3);
    let mut right = left.clone();
    right.noise += 1;
    let divergence = compare(&run(&left).unwrap(), &run(&right).unwrap(), "other noise").unwrap();
    assert_ne!(divergence.left, divergence.right);
}
