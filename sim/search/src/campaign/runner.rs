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
    cores::{core_of, cores, pin_to},
    exhaustive::Task,
    guarded::run_guarded,
};
use likewise_world::{System, plan::Plan, record::RunRecord};

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
                work(config.system, queue, &sender);
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
fn work(system: &'static dyn System, queue: &Queue<'_>, sender: &mpsc::Sender<Delivery>) {
    while let Some((place, task)) = queue.take() {
        let done = match task {
            Task::Run(plan) => Some(run_plan(system, place, *plan)),
            Task::Skip => None,
        };
        if sender.send((place, done)).is_err() {
            break;
        }
    }
}

fn run_plan(system: &'static dyn System, place: u64, plan: Plan) -> Done {
    let began = wall_now();
    let result = run_guarded(system, &plan).map_err(|reason| Box::new(Breakdown { plan, reason }));
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
