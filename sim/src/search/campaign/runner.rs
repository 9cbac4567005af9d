//! The runner: worker threads take plans from the queue, and one thread hands the runs over in order.
//!
//! The order makes the result of a campaign independent of the number of workers and of their speed: what is counted,
//! shrunk and shown first is the same on every machine. `queue.rs` keeps the price low: workers do not wait for their
//! turn, only for the slowest run if they are far ahead.

use std::{
    collections::BTreeMap, num::NonZeroUsize, ops::ControlFlow, sync::mpsc, thread, time::Duration,
};

use super::{
    config::Campaign,
    outcome::{Breakdown, Done, Finished},
    queue::{Queue, wall_now},
};
use crate::{
    search::{
        cores::{core_of, cores, pin_to},
        exhaustive::Task,
        guarded::run_guarded,
    },
    world::{plan::Plan, record::RunRecord},
};

/// Runs a campaign. Calls `on_record` on this thread, in the order of the plans, with the record of each run and the wall
/// time that it took.
pub fn run(config: &Campaign<'_>, mut on_record: impl FnMut(RunRecord, Duration)) -> Finished {
    let mut breakdowns = Vec::new();
    let mut finished = run_each(config, |done| match done.result {
        Ok(record) => {
            on_record(record, done.wall);
            ControlFlow::Continue(())
        }
        Err(breakdown) => {
            breakdowns.push(*breakdown);
            ControlFlow::Continue(())
        }
    });
    finished.breakdowns = breakdowns;
    finished
}

/// Runs a campaign. Calls `on_done` on this thread, in the order of the plans, with each run, with or without a record;
/// [`Finished::breakdowns`] stays empty.
///
/// After `on_done` returns `Break` it is not called again. Runs that other workers have finished ahead are dropped, so
/// that the result does not depend on their speed.
pub fn run_each(config: &Campaign<'_>, on_done: impl FnMut(Done) -> ControlFlow<()>) -> Finished {
    let began = wall_now();
    let queue = Queue::new(config, began);
    let cores = cores();
    let jobs = jobs(config, cores.len());
    let (sender, deliveries) = mpsc::channel();
    let (runs, delivered) = thread::scope(|scope| {
        for job in 0..jobs {
            let (queue, sender) = (&queue, sender.clone());
            let core = core_of(job, &cores);
            scope.spawn(move || {
                pin_to(core);
                work(queue, &sender);
            });
        }
        drop(sender);
        deliver(&queue, &deliveries, on_done)
    });
    Finished {
        runs,
        delivered,
        breakdowns: Vec::new(),
        ended: queue.ended(),
        wall: began.elapsed(),
    }
}

/// The number of workers: as asked for, or one for each core, and never more than plans.
fn jobs(config: &Campaign<'_>, cores: usize) -> usize {
    let wanted = config.jobs.map_or(cores.max(1), NonZeroUsize::get);
    wanted.min(usize::try_from(config.plans.count()).unwrap_or(usize::MAX))
}

/// The place of a plan with its run. `None` if it needed no run.
type Delivery = (u64, Option<Done>);

/// A worker: takes plans until there are none left, or until nobody receives the runs any more.
fn work(queue: &Queue<'_>, sender: &mpsc::Sender<Delivery>) {
    while let Some((place, task)) = queue.take() {
        let done = match task {
            Task::Run(plan) => Some(run_plan(place, *plan)),
            Task::Skip => None,
        };
        if sender.send((place, done)).is_err() {
            break;
        }
    }
}

fn run_plan(place: u64, plan: Plan) -> Done {
    let began = wall_now();
    let result = run_guarded(&plan).map_err(|reason| Box::new(Breakdown { plan, reason }));
    Done {
        place,
        result,
        wall: began.elapsed(),
    }
}

/// Hands the runs over in order. Returns the number of runs with a record, and the number of plans handled.
fn deliver(
    queue: &Queue<'_>,
    deliveries: &mpsc::Receiver<Delivery>,
    mut on_done: impl FnMut(Done) -> ControlFlow<()>,
) -> (u64, u64) {
    // Runs that finished before their turn. The queue bounds how far workers run ahead, and so the size of this map.
    let mut early = BTreeMap::new();
    let (mut next, mut runs, mut delivered) = (0, 0, 0);
    for (place, done) in deliveries {
        early.insert(place, done);
        while let Some(done) = early.remove(&next) {
            next += 1;
            if queue.is_broken_off() {
                continue;
            }
            delivered += 1;
            let Some(done) = done else { continue };
            runs += u64::from(done.result.is_ok());
            if on_done(done).is_break() {
                queue.break_off();
            }
        }
        queue.delivered(next);
    }
    (runs, delivered)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::likes::{Action, single};
    use crate::search::campaign::{EndReason, Plans};

    static NEVER_STOP: AtomicBool = AtomicBool::new(false);

    fn campaign(plans: Plans) -> Campaign<'static> {
        Campaign {
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
}
