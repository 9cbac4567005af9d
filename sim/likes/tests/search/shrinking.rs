//! Tests of whole shrinking runs: plans of planted bugs with unrelated noise, and swarm plans.

use std::ops::ControlFlow;

use likewise_search::{
    fingerprint::Failure,
    shrink::{NotShrunk, RUNS_MAX, Shrunk, shrink},
};
use likewise_sim_likes::{
    Action, LIKES, LikeOperation, LikeSetUp,
    names::{ARTICLE, USER},
    operation, run, single, system, with_blocked,
};
use likewise_world::plan::{CommitPoint, Fault, PRODUCT, Plan, Trigger, generate};

/// The plan of a planted bug with added faults and operations that do not cause its failure.
fn noisy(name: &str) -> Plan {
    let mut plan = system().plan_of_bug(name).unwrap();
    let own = plan.workload.len() as i64;
    for nth in 1..=5 {
        let late = 4_000 + u64::from(nth) * 700;
        let user = own + i64::from(nth);
        let busy = Fault::Busy {
            host: USER,
            millis: 50,
        };
        let slow = Fault::SlowDatabase {
            host: ARTICLE,
            extra_millis: 3,
            millis: 200,
        };
        plan = plan
            .with_operation(operation(user, Action::Like, 1, late))
            .with_operation(operation(user, Action::Unlike, 1, late + 300))
            .with_fault(Trigger::At { millis: late }, busy)
            .with_fault(CommitPoint::after(ARTICLE, "steps", 4 + nth), slow);
    }
    plan
}

fn shrunk(plan: &Plan) -> Shrunk {
    shrink(&LIKES, plan, RUNS_MAX, |_| ControlFlow::Continue(())).unwrap()
}

fn size(plan: &Plan) -> (usize, usize) {
    (plan.faults.len(), plan.workload.len())
}

/// Shrinks a plan and asserts everything that is promised of the result.
fn check(plan: &Plan) -> Shrunk {
    check_to(plan, 2)
}

/// The same, with at most this many operations left.
fn check_to(plan: &Plan, operations_max: usize) -> Shrunk {
    let failure = Failure::of(&run(plan).unwrap()).unwrap();
    let shrunk = shrunk(plan);
    let small = &shrunk.record.plan;
    let description = format!("{}: {small:#?}", plan.system);
    assert!(shrunk.is_minimal, "{description}");
    assert!(
        small.faults.len() <= 2 && small.workload.len() <= operations_max,
        "{description}"
    );
    assert_eq!(small.system, plan.system);
    let again = run(small).unwrap();
    assert_eq!(Failure::of(&again), Some(failure), "{description}");
    assert_eq!(again.hash, shrunk.record.hash, "{description}");
    shrunk
}

#[test]
fn a_noisy_plan_shrinks_to_its_cause() {
    for name in ["absolute-undo", "abort-without-seal", "reset-is-refusal"] {
        let plan = noisy(name);
        let small = check(&plan);
        assert!(size(&plan).0 > 10 && size(&plan).1 > 10);
        assert!(small.runs < 300, "{name}: {} runs", small.runs);
    }
}

/// The swarm plan of the first seed that a planted bug fails. That seed changes with the generator.
fn failing(name: &str) -> Plan {
    let of = |seed| Plan {
        system: name.to_owned(),
        ..generate(&LIKES, seed)
    };
    let fails = |plan: &Plan| Failure::of(&run(plan).unwrap()).is_some();
    (0..200).map(of).find(fails).expect("a seed that fails")
}

#[test]
fn a_swarm_plan_shrinks_to_its_cause() {
    for name in ["absolute-undo", "reset-is-refusal"] {
        // One operation more than a plan made for the bug. The first like fills the coordinator's article cache; without it
        // the timing of the others may change.
        check_to(&failing(name), 3);
    }
}

#[test]
fn the_nearest_plan_passes_and_is_one_change_away() {
    let shrunk = check(&noisy("reset-is-refusal"));
    let nearest = shrunk.nearest.unwrap();
    assert!(run(&nearest.plan).unwrap().is_green(), "{}", nearest.change);
    let small = &shrunk.record.plan;
    assert_eq!(nearest.plan.workload, small.workload);
    assert_ne!(nearest.plan.faults, small.faults);
    assert!(nearest.plan.faults.len() + 1 >= small.faults.len());
}

#[test]
fn shrinking_is_deterministic() {
    let plan = noisy("reset-is-refusal");
    let (one, other) = (shrunk(&plan), shrunk(&plan));
    assert_eq!(one.record.plan, other.record.plan);
    assert_eq!((one.runs, one.nearest), (other.runs, other.nearest));
}

/// This system fails in several ways. The blocked user causes the failure at hand. Without that user the plan still
/// fails, but in another way, at the probes.
#[test]
fn shrinking_keeps_the_failure() {
    let mut plan = noisy("no-tombstone");
    let user = LikeOperation::of(&plan.workload[1]).user;
    plan = with_blocked(plan, &[1 + user]);
    let shrunk = check(&plan);
    assert_eq!(shrunk.failure.property, "early-undo-wins");
}

#[test]
fn a_plan_that_passes_is_refused() {
    let refused =
        |plan: &Plan| shrink(&LIKES, plan, RUNS_MAX, |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(refused(&single(Action::Like, false)), NotShrunk::Green);
    let mut plan = system().plan_of_bug("double-undo").unwrap();
    plan.system = PRODUCT.to_owned();
    assert_eq!(refused(&plan), NotShrunk::Green);
    LikeSetUp::edit(&mut plan, |set_up| set_up.articles = 0);
    assert_eq!(
        refused(&plan),
        NotShrunk::Broken("articles: there must be at least one".to_owned())
    );
}

#[test]
fn shrinking_that_is_stopped_returns_the_smallest_plan_so_far() {
    let plan = noisy("reset-is-refusal");
    let bounded = shrink(&LIKES, &plan, 5, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(bounded.runs, 5);
    let stopped = shrink(&LIKES, &plan, RUNS_MAX, |progress| match progress.runs {
        ..5 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    });
    let stopped = stopped.unwrap();
    assert_eq!(stopped.record.plan, bounded.record.plan);
    assert!(!stopped.is_minimal && size(&stopped.record.plan) < size(&plan));
}
