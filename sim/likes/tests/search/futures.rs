//! Runs that are drawn anew from one event on, and the futures of a failing run.

use std::ops::ControlFlow;

use likewise_search::futures::{FUTURES, NoFutures, futures, prefix_hash};
use likewise_sim_likes::{LIKES, run, system};
use likewise_world::{
    RunError,
    plan::{Fault, Plan, Redraw, generate},
    record::{EventKind, RunRecord},
};

/// Futures of each event: enough to tell none, some and all apart.
const EACH: u32 = 6;

fn redrawn(record: &RunRecord, event: usize, noise: u64) -> Plan {
    let mut plan = record.plan.clone();
    plan.redraw_after = Some(Redraw {
        event,
        noise,
        later_faults_from: plan.faults.len(),
        prefix: Some(prefix_hash(record, event)),
    });
    plan
}

/// The plan of a planted bug: one lost reply decides it.
fn failing() -> RunRecord {
    run(&system().plan_of_bug("reset-is-refusal").unwrap()).unwrap()
}

/// With swarm plans, so that restarts, partitions and replicas are among what must not differ.
#[test]
fn a_run_that_is_drawn_anew_is_the_same_up_to_its_fork() {
    for seed in [1, 4, 9] {
        let original = run(&generate(&LIKES, seed)).unwrap();
        let mut has_differed = false;
        for part in [3, 2] {
            let event = original.events.len() / part;
            let again = run(&redrawn(&original, event, seed + 77)).unwrap();
            assert_eq!(
                again.events[..=event],
                original.events[..=event],
                "seed {seed}"
            );
            has_differed |= again.hash != original.hash;
            let twice = run(&redrawn(&original, event, seed + 77)).unwrap();
            assert_eq!(twice.hash, again.hash, "a future is a plan like any other");
        }
        assert!(has_differed, "seed {seed}");
    }
}

#[test]
fn a_fork_of_another_run_is_an_error_that_names_the_event() {
    let record = failing();
    let mut plan = redrawn(&record, 40, 7);
    plan.noise += 1;
    let error = run(&plan).unwrap_err();
    assert!(
        matches!(error, RunError::OtherPrefix { event: 40 }),
        "{error}"
    );
    let mut plan = redrawn(&record, 40, 7);
    let redraw = plan.redraw_after.as_mut().unwrap();
    (redraw.event, redraw.prefix) = (100_000, None);
    let error = run(&plan).unwrap_err();
    assert!(
        matches!(error, RunError::NoSuchEvent { event: 100_000 }),
        "{error}"
    );
}

/// A fault that has fired stays. One that has not does not fire any more, and a later one counts from the fork.
#[test]
fn only_later_faults_fire_after_a_fork() {
    let record = failing();
    let is_injected = |kind: &EventKind| matches!(kind, EventKind::Injected { .. });
    let fired = record
        .events
        .iter()
        .position(|event| is_injected(&event.kind))
        .unwrap();
    let before = run(&redrawn(&record, fired - 1, 7)).unwrap();
    assert_eq!(before.injected, [false]);
    assert!(before.is_green(), "{:?}", before.violations);
    let after = run(&redrawn(&record, fired, 7)).unwrap();
    assert_eq!(after.injected, [true]);
    let mut again = redrawn(&record, fired - 1, 7);
    again.faults.push(again.faults[0].clone());
    let later = run(&again).unwrap();
    assert!(!later.injected[0], "its time is over");
    let phase = |event: &EventKind| matches!(event, EventKind::Phase { name } if name == "faults");
    let start = record
        .events
        .iter()
        .position(|event| phase(&event.kind))
        .unwrap();
    let mut again = redrawn(&record, start, 7);
    again.faults.push(again.faults[0].clone());
    assert_eq!(run(&again).unwrap().injected, [false, true]);
}

#[test]
fn the_futures_of_a_lost_reply_fail_from_its_loss_on() {
    let record = failing();
    let found = futures(&LIKES, &record, EACH, |_| ControlFlow::Continue(())).unwrap();
    let first = found.forks.first().unwrap();
    assert!(first.percent() < 50, "{found:?}");
    let certain = found.certain.unwrap();
    let injected = record.injections[0].event;
    assert!(
        certain.abs_diff(injected) <= 2,
        "certain at {certain}, injected at {injected}"
    );
    assert!(found.is_complete);
    let again = futures(&LIKES, &record, EACH, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(found, again, "on any number of cores");
}

#[test]
fn a_run_that_passes_has_nothing_to_explain_and_a_search_can_be_stopped() {
    let green = run(&generate(&LIKES, 3)).unwrap();
    let nothing = futures(&LIKES, &green, FUTURES, |_| ControlFlow::Continue(()));
    assert_eq!(nothing, Err(NoFutures::Green));
    let stopped = futures(&LIKES, &failing(), EACH, |_| ControlFlow::Break(())).unwrap();
    assert!(!stopped.is_complete);
}

/// A second process would stand by from the start on, and so change what is to stay.
#[test]
fn a_second_process_is_no_later_fault() {
    let record = failing();
    let mut plan = redrawn(&record, 40, 7);
    let second = Fault::SecondProcess { millis: 1_000 };
    plan = plan.with_fault(likewise_world::plan::Trigger::At { millis: 5 }, second);
    let error = run(&plan).unwrap_err().to_string();
    assert!(error.contains("from its start on"), "{error}");
}
