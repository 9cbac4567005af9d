//! Whole shrinkings: of planted bugs' plans with noise around them, and of swarm plans.

use std::ops::ControlFlow;

use super::*;
use crate::{
    likes::planted,
    run::run,
    world::plan::{
        Action, CommitPoint, Fault, Host, Operation, PRODUCT, Trigger, generate, single,
    },
};

/// A planted bug's plan among faults and operations that have no part in its failure.
fn noisy(name: &str) -> Plan {
    let mut plan = planted::plan(name).unwrap();
    let own = plan.workload.len() as i64;
    for nth in 1..=5 {
        let late = 4_000 + u64::from(nth) * 700;
        let user = own + i64::from(nth);
        let away = Fault::Busy {
            host: Host::User,
            millis: 50,
        };
        let slow = Fault::SlowDatabase {
            host: Host::Article,
            extra_millis: 3,
            millis: 200,
        };
        plan = plan
            .with_operation(Operation::new(user, Action::Like, 1, late))
            .with_operation(Operation::new(user, Action::Unlike, 1, late + 300))
            .with_fault(Trigger::At { millis: late }, away)
            .with_fault(CommitPoint::after(Host::Article, "steps", 4 + nth), slow);
    }
    plan
}

fn shrunk(plan: &Plan) -> Shrunk {
    shrink(plan, RUNS_MAX, |_| ControlFlow::Continue(())).unwrap()
}

fn size(plan: &Plan) -> (usize, usize) {
    (plan.faults.len(), plan.workload.len())
}

/// Shrinks a plan and holds the result against all that is promised of it.
fn check(plan: &Plan) -> Shrunk {
    check_to(plan, 2)
}

/// Likewise, with so many operations at most.
fn check_to(plan: &Plan, operations_max: usize) -> Shrunk {
    let failure = Failure::of(&run(plan).unwrap()).unwrap();
    let shrunk = shrunk(plan);
    let small = &shrunk.record.plan;
    let told = format!("{}: {small:#?}", plan.system);
    assert!(shrunk.is_minimal, "{told}");
    assert!(
        small.faults.len() <= 2 && small.workload.len() <= operations_max,
        "{told}"
    );
    assert_eq!(small.system, plan.system);
    let again = run(small).unwrap();
    assert_eq!(Failure::of(&again), Some(failure), "{told}");
    assert_eq!(again.hash, shrunk.record.hash, "{told}");
    shrunk
}

#[test]
fn a_noisy_plan_shrinks_to_what_matters() {
    for name in ["absolute-undo", "abort-without-seal", "reset-is-refusal"] {
        let plan = noisy(name);
        let small = check(&plan);
        assert!(size(&plan).0 > 10 && size(&plan).1 > 10);
        assert!(small.runs < 300, "{name}: {} runs", small.runs);
    }
}

/// The first of the seeds whose plan a planted bug fails. Which one it is changes with the generator.
fn failing(name: &str) -> Plan {
    let of = |seed| Plan {
        system: name.to_owned(),
        ..generate(seed)
    };
    let fails = |plan: &Plan| Failure::of(&run(plan).unwrap()).is_some();
    (0..200).map(of).find(fails).expect("a seed that fails")
}

#[test]
fn a_swarm_plan_shrinks_too() {
    for name in ["absolute-undo", "reset-is-refusal"] {
        // One more than a plan that was made for the mistake: the first like makes an article known to the coordinator,
        // and without it the others may meet otherwise.
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
fn a_plan_always_shrinks_to_the_same_plan() {
    let plan = noisy("reset-is-refusal");
    let (one, other) = (shrunk(&plan), shrunk(&plan));
    assert_eq!(one.record.plan, other.record.plan);
    assert_eq!((one.runs, one.nearest), (other.runs, other.nearest));
}

/// The system fails in several ways. A blocked user shows the one that is to be explained; what remains without that
/// user still fails, but in another way, at the probes.
#[test]
fn a_plan_does_not_slip_to_another_failure() {
    let mut plan = noisy("no-tombstone");
    plan.blocked_users = vec![1 + plan.workload[1].user];
    let shrunk = check(&plan);
    assert_eq!(shrunk.failure.property, "early-undo-wins");
}

#[test]
fn a_plan_that_passes_is_refused() {
    let refused = |plan: &Plan| shrink(plan, RUNS_MAX, |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(refused(&single(Action::Like, false)), NotShrunk::Green);
    let mut plan = planted::plan("double-undo").unwrap();
    plan.system = PRODUCT.to_owned();
    assert_eq!(refused(&plan), NotShrunk::Green);
    plan.articles = 0;
    assert_eq!(
        refused(&plan),
        NotShrunk::Broken("articles: there must be at least one".to_owned())
    );
}

#[test]
fn a_shrinking_that_is_cut_short_gives_what_it_has() {
    let plan = noisy("reset-is-refusal");
    let bounded = shrink(&plan, 5, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(bounded.runs, 5);
    let stopped = shrink(&plan, RUNS_MAX, |progress| match progress.runs {
        ..5 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    });
    let stopped = stopped.unwrap();
    assert_eq!(stopped.record.plan, bounded.record.plan);
    assert!(!stopped.is_minimal && size(&stopped.record.plan) < size(&plan));
}
