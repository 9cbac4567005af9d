//! A run has a record of its plan, and attributes a violation to the probe that caused it.

use std::time::Duration;

use likewise_sim_likes::{Action, LIKES, run, single, system};
use likewise_world::{plan::generate, record::RunRecord, run::run_bare};

#[test]
fn a_violation_is_attributed_to_the_probe_that_caused_it() {
    let soft_refusal = system().plan_of_bug("soft-refusal").unwrap();
    let mut no_tombstone = single(Action::Like, false);
    no_tombstone.system = "no-tombstone".to_owned();
    for (plan, property) in [
        (soft_refusal, "repeats-change-nothing"),
        (no_tombstone, "undo-first-holds"),
    ] {
        let probe_violations = |record: RunRecord| {
            let names = record.violations.into_iter().map(|found| found.property);
            names
                .filter(|name| {
                    [
                        "repeats-change-nothing",
                        "reuse-is-refused",
                        "undo-first-holds",
                    ]
                    .contains(&name.as_str())
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(probe_violations(run(&plan).unwrap()), [property]);
    }
}

/// Campaigns find the run of a plan by the plan in its record.
#[test]
fn a_record_has_the_plan_that_was_run() {
    for plan in [single(Action::Like, true), generate(&LIKES, 3)] {
        assert_eq!(run(&plan).unwrap().plan, plan);
    }
}

#[test]
fn a_plan_with_a_misspelt_field_is_refused() {
    let mut plan = single(Action::Like, false);
    plan.workload[0].what.insert("artikle".to_owned(), 1.into());
    let refused = run(&plan).unwrap_err().to_string();
    assert!(
        refused.contains("workload[0].artikle: unknown field"),
        "{refused}"
    );
}

#[test]
fn a_bare_run_has_the_same_outcomes_and_does_not_affect_the_next_run() {
    for plan in [single(Action::Unlike, false), single(Action::Like, true)] {
        let record = run(&plan).unwrap();
        let duration = Duration::from_micros(record.simulated_micros);
        assert_eq!(
            run_bare(&LIKES, &plan, duration).unwrap(),
            record.operations
        );
        assert_eq!(run(&plan).unwrap().hash, record.hash);
    }
}
