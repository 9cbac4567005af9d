//! Campaigns: many runs on many threads, handed over one at a time and in order.
//!
//! ```text
//!  plans ──► Queue ──► worker on core 0 ──┐
//!               └────► worker on core 1 ──┴──► in the plans' order ──► on_record
//! ```
//!
//! Plans are taken in order and every one that was taken is finished, so what a campaign ran is always
//! the beginning of its list: a fixed range of seeds gives the same summary whatever the threads did.

mod queue;

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    ops::{ControlFlow, Range},
    sync::{Arc, atomic::AtomicBool, mpsc},
    thread,
    time::Duration,
};

use queue::{Queue, wall_now};

pub use crate::search::guarded::{run_guarded, run_on_core};
use crate::{
    search::cores::{core_of, cores, stay_on},
    search::exhaustive::{Combinations, Task},
    world::{
        plan::{Plan, generate},
        record::RunRecord,
    },
};

/// The plans of a campaign, in order.
#[derive(Debug, Clone)]
pub enum Plans {
    /// The swarm plans of these seeds.
    Seeds(Range<u64>),
    /// The swarm plans of these seeds, over another system than the product.
    SeedsOf(String, Range<u64>),
    /// These.
    List(Vec<Plan>),
    /// Those with these numbers among combinations of faults, each made when its turn comes. Whoever takes the runs
    /// sees nothing of those that need none.
    Combined(Arc<Combinations>, Range<u64>),
}

impl Plans {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self {
            Self::Seeds(range) | Self::SeedsOf(_, range) | Self::Combined(_, range) => {
                range.end.saturating_sub(range.start)
            }
            Self::List(plans) => plans.len() as u64,
        }
    }

    fn get(&self, place: u64) -> Option<Task> {
        match self {
            Self::Seeds(seeds) => seed_at(seeds, place).map(generate),
            Self::SeedsOf(system, seeds) => seed_at(seeds, place).map(|seed| Plan {
                system: system.clone(),
                ..generate(seed)
            }),
            Self::List(plans) => plans.get(usize::try_from(place).ok()?).cloned(),
            Self::Combined(all, range) => {
                let number = range.start.checked_add(place)?;
                return range.contains(&number).then(|| all.task(number))?;
            }
        }
        .map(|plan| Task::Run(Box::new(plan)))
    }
}

fn seed_at(seeds: &Range<u64>, place: u64) -> Option<u64> {
    let seed = seeds.start.checked_add(place)?;
    seeds.contains(&seed).then_some(seed)
}

/// What to run, and for how long.
#[derive(Debug)]
pub struct Campaign<'a> {
    /// The plans.
    pub plans: Plans,
    /// How many runs at a time; one a core if missing.
    pub jobs: Option<NonZeroUsize>,
    /// After so much wall time no further run begins; those that are under way are finished.
    pub budget: Option<Duration>,
    /// Once set, no further run begins.
    pub stop: &'a AtomicBool,
}

/// Why a campaign ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// Every plan was run.
    AllRun,
    /// The budget was used up first.
    BudgetUsedUp,
    /// It was told to stop.
    Stopped,
    /// Whoever takes the runs had enough of them.
    Enough,
}

/// A run that has no record: the harness is broken, or the plan is impossible.
#[derive(Debug, Clone)]
pub struct Breakdown {
    /// What was run.
    pub plan: Plan,
    /// The error, or what the panic said.
    pub message: String,
}

/// How a campaign went.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Runs with a record.
    pub runs: u64,
    /// Runs with or without one, and what needed none: so many of the plans, from the first.
    pub delivered: u64,
    /// Runs without one.
    pub breakdowns: Vec<Breakdown>,
    /// Why it ended.
    pub ended: EndReason,
    /// How long it took.
    pub wall: Duration,
}

/// A run that ended, with the wall time it took.
#[derive(Debug)]
pub struct Done {
    /// Its place among the plans.
    pub place: u64,
    /// Its record, or why there is none.
    pub result: Result<RunRecord, Box<Breakdown>>,
    /// The wall time it took.
    pub wall: Duration,
}

/// Runs a campaign. `on_record` is called on this thread, in the order of the plans, with each run's
/// record and the wall time it took.
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

/// Runs a campaign. `on_done` is called on this thread, in the order of the plans, with each run; those without a
/// record too, and [`Finished::breakdowns`] stays empty.
///
/// Once it breaks, it is not called any more: what other workers have run ahead is dropped, so that what counts does not
/// depend on them.
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
                stay_on(core);
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

fn jobs(config: &Campaign<'_>, cores: usize) -> usize {
    let wanted = config.jobs.map_or(cores.max(1), NonZeroUsize::get);
    wanted.min(usize::try_from(config.plans.count()).unwrap_or(usize::MAX))
}

/// What became of a plan: nothing, if it needed no run.
type Delivery = (u64, Option<Done>);

/// Takes plans until there are none.
fn work(queue: &Queue<'_>, sender: &mpsc::Sender<Delivery>) {
    while let Some((place, task)) = queue.take() {
        let done = match task {
            Task::Run(plan) => Some(carried_out(place, *plan)),
            Task::Nothing => None,
        };
        if sender.send((place, done)).is_err() {
            break;
        }
    }
}

fn carried_out(place: u64, plan: Plan) -> Done {
    let began = wall_now();
    let result = run_guarded(&plan).map_err(|message| Box::new(Breakdown { plan, message }));
    Done {
        place,
        result,
        wall: began.elapsed(),
    }
}

/// Hands the runs over in order. Returns how many have a record, and how many plans there were.
fn deliver(
    queue: &Queue<'_>,
    deliveries: &mpsc::Receiver<Delivery>,
    mut on_done: impl FnMut(Done) -> ControlFlow<()>,
) -> (u64, u64) {
    let mut early = BTreeMap::new();
    let (mut next, mut runs, mut delivered) = (0, 0, 0);
    for (place, done) in deliveries {
        early.insert(place, done);
        while let Some(done) = early.remove(&next) {
            next += 1;
            if queue.has_enough() {
                continue;
            }
            delivered += 1;
            let Some(done) = done else { continue };
            runs += u64::from(done.result.is_ok());
            if on_done(done).is_break() {
                queue.enough();
            }
        }
        queue.delivered(next);
    }
    (runs, delivered)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::world::plan::{Action, single};

    static GO: AtomicBool = AtomicBool::new(false);

    fn campaign(plans: Plans) -> Campaign<'static> {
        Campaign {
            plans,
            jobs: NonZeroUsize::new(3),
            budget: None,
            stop: &GO,
        }
    }

    #[test]
    fn records_come_in_the_order_of_the_seeds() {
        let mut seeds = Vec::new();
        let finished = run(&campaign(Plans::Seeds(3..9)), |record, _| {
            seeds.extend(record.plan.seed);
        });
        assert_eq!(seeds, [3, 4, 5, 6, 7, 8]);
        assert_eq!((finished.runs, finished.ended), (6, EndReason::AllRun));
    }

    #[test]
    fn a_budget_of_nothing_runs_nothing() {
        let mut config = campaign(Plans::Seeds(0..u64::MAX));
        config.budget = Some(Duration::ZERO);
        let finished = run(&config, |_, _| {});
        assert_eq!(
            (finished.runs, finished.ended),
            (0, EndReason::BudgetUsedUp)
        );
    }

    #[test]
    fn a_campaign_that_is_told_to_stop_says_so() {
        let stop = AtomicBool::new(false);
        let mut config = campaign(Plans::Seeds(0..u64::MAX));
        config.stop = &stop;
        let finished = run(&config, |_, _| stop.store(true, Ordering::Relaxed));
        assert_eq!(finished.ended, EndReason::Stopped);
        assert!(finished.runs >= 1);
    }

    #[test]
    fn once_there_is_enough_no_run_counts_any_more() {
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
    fn a_run_without_a_record_is_counted_and_the_others_go_on() {
        let good = single(Action::Like, false);
        let mut bad = good.clone();
        bad.system = "no such system".to_owned();
        let finished = run(&campaign(Plans::List(vec![bad.clone(), good])), |_, _| {});
        assert_eq!(finished.runs, 1);
        assert_eq!(finished.breakdowns[0].plan, bad);
    }
}
