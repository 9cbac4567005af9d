//! Campaigns hand runs over in order, and end for a reason.

use std::{
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use likewise_search::campaign::{Campaign, EndReason, Plans, run, run_each};
use likewise_sim_likes::{Action, single, system};

static NEVER_STOP: AtomicBool = AtomicBool::new(false);

fn campaign(plans: Plans) -> Campaign<'static> {
    Campaign {
        system: system(),
        plans,
        jobs: NonZeroUsize::new(3),
        budget: None,
        stop: &NEVER_STOP,
    }
}

#[test]
fn records_are_handed_over_in_the_order_of_the_seeds() {
    let mut seeds = Vec::new();
    let finished = run(&campaign(Plans::Seeds(3..9)), |record, _| {
        seeds.extend(record.plan.seed);
    });
    assert_eq!(seeds, [3, 4, 5, 6, 7, 8]);
    assert_eq!((finished.runs, finished.ended), (6, EndReason::AllRun));
}

#[test]
fn a_budget_of_zero_runs_nothing() {
    let mut config = campaign(Plans::Seeds(0..u64::MAX));
    config.budget = Some(Duration::ZERO);
    let finished = run(&config, |_, _| {});
    assert_eq!(
        (finished.runs, finished.ended),
        (0, EndReason::BudgetUsedUp)
    );
}

#[test]
fn a_campaign_ends_as_stopped_when_the_stop_flag_is_set() {
    let stop = AtomicBool::new(false);
    let mut config = campaign(Plans::Seeds(0..u64::MAX));
    config.stop = &stop;
    let finished = run(&config, |_, _| stop.store(true, Ordering::Relaxed));
    assert_eq!(finished.ended, EndReason::Stopped);
    assert!(finished.runs >= 1);
}

#[test]
fn no_run_counts_after_the_callback_breaks() {
    let mut places = Vec::new();
    let finished = run_each(&campaign(Plans::Seeds(0..u64::MAX)), |done| {
        places.push(done.place);
        match places.len() < 3 {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    assert_eq!(places, [0, 1, 2]);
    assert_eq!((finished.runs, finished.ended), (3, EndReason::Enough));
}

#[test]
fn a_run_without_a_record_is_reported_and_the_others_continue() {
    let good = single(Action::Like, false);
    let mut bad = good.clone();
    bad.system = "no such system".to_owned();
    let finished = run(&campaign(Plans::List(vec![bad.clone(), good])), |_, _| {});
    assert_eq!(finished.runs, 1);
    assert_eq!(finished.breakdowns[0].plan, bad);
}
