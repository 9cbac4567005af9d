//! The searches over transfers: single faults, and shrinking.

use std::ops::ControlFlow;

use likewise_search::{
    exhaustive::cases,
    shrink::{RUNS_MAX, shrink},
};
use likewise_transfers::{CHECKS, NOTICES, TRANSFERS, done, refused, transfer};
use likewise_world::{
    System,
    plan::{CommitPoint, Fault, Trigger},
};

use super::passed;

/// Every 43rd: a whole search takes minutes without optimisation. `exhaust` runs all of them.
#[test]
fn a_sample_of_single_faults_over_both_bases_passes() {
    for base in [done(), refused()] {
        let cases = cases(&TRANSFERS, &base).unwrap();
        assert!(cases.len() > 300, "{}", cases.len());
        for case in cases.iter().step_by(43) {
            passed(&case.plan);
        }
    }
}

/// Noise that does not cause the failure is left out.
#[test]
fn a_failing_plan_shrinks_to_at_most_two_faults() {
    let system: &dyn System = &TRANSFERS;
    for name in ["undo-pays-twice", "reset-is-refusal"] {
        let mut plan = system.plan_of_bug(name).unwrap();
        for nth in 1..=4 {
            let (host, millis) = (NOTICES, 50);
            let late = 4_000 + u64::from(nth) * 700;
            plan = plan
                .with_operation(transfer(1 + i64::from(nth), late))
                .with_fault(Trigger::At { millis: late }, Fault::Busy { host, millis })
                .with_fault(
                    CommitPoint::after(CHECKS, "steps", 3 + nth),
                    Fault::LoseConnection,
                );
        }
        let shrunk = shrink(&TRANSFERS, &plan, RUNS_MAX, |_| ControlFlow::Continue(())).unwrap();
        let small = &shrunk.record.plan;
        assert!(shrunk.is_minimal, "{small:#?}");
        assert!(
            small.faults.len() <= 2 && small.workload.len() == 1,
            "{small:#?}"
        );
    }
}
