//! When a failure was baked in: the futures of each event of a failing run.
//!
//! ```text
//!  the run   ──●──●──●──●──●──●──✕            every event up to the violation is a fork
//!                 ├─ other noise, other faults   pass
//!                 ├─ other noise, other faults   fail      ──►  the share that fails, event by event
//!                 └─ …                           pass
//! ```
//!
//! A future keeps the run up to one event (`Plan::redraw_after`). After it, latencies and identities are drawn anew, and other
//! faults take the place of those that had not fired. Where the share jumps, the failure became likely or certain.
//!
//! Events are forked on a grid first, and then only between two events whose shares differ. So most of the runs are spent
//! where the share changes.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use likewise_world::{
    System,
    plan::{InjectionPoint, Plan, PlannedFault, Redraw, Trigger, problem},
    record::{Event, EventKind, Recorder, RunRecord},
};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_pcg::Pcg64Mcg;

use crate::{
    cores::{core_of, cores, pin_to},
    exhaustive::faults_at,
    guarded::run_guarded,
};

/// The futures of each event, unless the caller asks for another number.
pub const FUTURES: u32 = 40;
/// Events that are forked before the first look at the shares.
const GRID: usize = 9;
/// Events that are forked at most. The rest lies between two events with the same share.
const FORKS_MAX: usize = 40;
/// Shares that differ by less, in percent, are taken for equal.
const JUMP_PERCENT: u32 = 15;
/// Faults of a future at most.
const FAULTS_MAX: u32 = 2;
/// A drawn fault is injected at one of the first few points of its kind after the fork.
const NTH_MAX: u32 = 2;

/// How many futures of an event fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork {
    /// The place of the event.
    pub event: usize,
    /// The futures that violated a property.
    pub failed: u32,
    /// The futures that were run. Fewer than asked for only if one of them had no record.
    pub futures: u32,
}

impl Fork {
    /// The share that failed, in percent.
    #[must_use]
    pub fn percent(&self) -> u32 {
        match self.futures {
            0 => 0,
            all => self.failed * 100 / all,
        }
    }
}

/// The futures of a failing run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Futures {
    /// The events that were forked, in order.
    pub forks: Vec<Fork>,
    /// The first event after which at least half of the futures fail, for good.
    pub likely: Option<usize>,
    /// The first event after which all futures fail.
    pub certain: Option<usize>,
    /// The runs that it took.
    pub runs: u64,
    /// Whether everything was forked that was to be. Otherwise it was stopped.
    pub is_complete: bool,
}

/// Why the futures of a run are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFutures {
    /// The run violated no property.
    #[error("the plan does not fail: there is nothing to explain")]
    Green,
    /// A future was another run before its fork. That is a defect of the harness.
    #[error("a future differs from the run at event {event}, before its fork at event {fork}")]
    OtherPrefix {
        /// The first event that differs.
        event: usize,
        /// The event of the fork.
        fork: usize,
    },
}

/// Finds the futures of a failing run, so many of each event. Calls `watch` after each run, and stops if it returns `Break`.
///
/// # Errors
/// [`NoFutures`]: the run did not fail, or is not the same again.
pub fn futures(
    system: &'static dyn System,
    record: &RunRecord,
    each: u32,
    watch: impl Fn(u64) -> ControlFlow<()> + Sync,
) -> Result<Futures, NoFutures> {
    let (first, last) = forkable(record).ok_or(NoFutures::Green)?;
    let search = Search {
        system,
        record,
        each,
        points: points(record),
        is_stopped: AtomicBool::new(false),
        runs: AtomicUsize::new(0),
        watch: &watch,
    };
    let mut known: BTreeMap<usize, Fork> = BTreeMap::new();
    let mut next = grid(first, last);
    while !next.is_empty() && !search.is_stopped() {
        for fork in search.fork_all(&next)? {
            known.insert(fork.event, fork);
        }
        next = between(&known);
        next.truncate(FORKS_MAX.saturating_sub(known.len()));
    }
    let forks: Vec<Fork> = known.into_values().collect();
    Ok(Futures {
        likely: first_from(&forks, 50),
        certain: first_from(&forks, 100),
        runs: search.runs.load(Ordering::Relaxed) as u64,
        is_complete: !search.is_stopped(),
        forks,
    })
}

/// The first and the last event that are worth a fork: from the start of the clients to the violation.
fn forkable(record: &RunRecord) -> Option<(usize, usize)> {
    let violation = record.violations.first()?;
    let begins =
        |event: &Event| matches!(&event.kind, EventKind::Phase { name } if name == "faults");
    let first = record.events.iter().position(begins).unwrap_or(0);
    let last = violation.event.min(record.events.len().saturating_sub(1));
    Some((first.min(last), last))
}

/// Events at equal distances, with the first and the last one.
fn grid(first: usize, last: usize) -> Vec<usize> {
    let steps = GRID - 1;
    let mut grid: Vec<usize> = (0..=steps)
        .map(|step| first + (last - first) * step / steps)
        .collect();
    grid.dedup();
    grid
}

/// The events half way between two neighbours whose shares differ.
fn between(known: &BTreeMap<usize, Fork>) -> Vec<usize> {
    let forks: Vec<&Fork> = known.values().collect();
    let differ = |pair: &&[&Fork]| {
        let (a, b) = (pair[0], pair[1]);
        b.event - a.event > 1 && a.percent().abs_diff(b.percent()) >= JUMP_PERCENT
    };
    let pairs = forks.windows(2).filter(differ);
    pairs
        .map(|pair| pair[0].event.midpoint(pair[1].event))
        .collect()
}

/// The first event from which on at least this share fails, up to the end.
fn first_from(forks: &[Fork], percent: u32) -> Option<usize> {
    let from_end = forks.iter().rev();
    let last = from_end.take_while(|fork| fork.percent() >= percent).last();
    last.map(|fork| fork.event)
}

/// The kinds of points that the run passed. Faults are drawn at one of them, so that most of them fire.
fn points(record: &RunRecord) -> Vec<InjectionPoint> {
    let first_of_kind = |point: &InjectionPoint| match point {
        InjectionPoint::Message(point) => point.nth == 1,
        InjectionPoint::Commit(point) => point.nth == 1,
    };
    let points = record.injection_points.iter();
    points
        .filter(|point| first_of_kind(point))
        .cloned()
        .collect()
}

struct Search<'a, W> {
    system: &'static dyn System,
    record: &'a RunRecord,
    each: u32,
    points: Vec<InjectionPoint>,
    is_stopped: AtomicBool,
    runs: AtomicUsize,
    watch: &'a W,
}

impl<W: Fn(u64) -> ControlFlow<()> + Sync> Search<'_, W> {
    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// Runs the futures of these events on all cores. Their order does not matter: each future is drawn from its own seed.
    fn fork_all(&self, events: &[usize]) -> Result<Vec<Fork>, NoFutures> {
        let jobs: Vec<(usize, u32)> = events
            .iter()
            .flat_map(|event| (0..self.each).map(|number| (*event, number)))
            .collect();
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::new());
        let cores = cores();
        let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        thread::scope(|scope| {
            for worker in 0..workers {
                let (jobs, next, results) = (&jobs, &next, &results);
                let core = core_of(worker, &cores);
                scope.spawn(move || {
                    pin_to(core);
                    while let Some((event, number)) = jobs.get(next.fetch_add(1, Ordering::Relaxed))
                        && !self.is_stopped()
                    {
                        let result = self.future(*event, *number);
                        let mut all = results.lock().unwrap_or_else(PoisonError::into_inner);
                        all.push((*event, result));
                    }
                });
            }
        });
        let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut forks: BTreeMap<usize, Fork> = BTreeMap::new();
        for (event, has_failed) in results {
            let fork = forks.entry(event).or_insert(Fork {
                event,
                failed: 0,
                futures: 0,
            });
            if let Some(has_failed) = has_failed? {
                fork.futures += 1;
                fork.failed += u32::from(has_failed);
            }
        }
        Ok(forks.into_values().collect())
    }

    /// Whether a future fails. `None` if it has no record, which says nothing about the system.
    fn future(&self, event: usize, number: u32) -> Result<Option<bool>, NoFutures> {
        let plan = self.plan(event, number);
        let record = run_guarded(self.system, &plan).ok();
        let runs = self.runs.fetch_add(1, Ordering::Relaxed) + 1;
        if (self.watch)(runs as u64).is_break() {
            self.is_stopped.store(true, Ordering::Relaxed);
        }
        let Some(record) = record else {
            return Ok(None);
        };
        match first_difference(&self.record.events, &record.events, event) {
            Some(event_of) => Err(NoFutures::OtherPrefix {
                event: event_of,
                fork: event,
            }),
            None => Ok(Some(!record.is_green())),
        }
    }

    /// The plan of a future. The same event and number give the same plan.
    fn plan(&self, event: usize, number: u32) -> Plan {
        let seed = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ event as u64;
        let rng = &mut Pcg64Mcg::seed_from_u64(seed);
        let mut plan = self.record.plan.clone();
        plan.redraw_after = Some(Redraw {
            event,
            noise: rng.random(),
            later_faults_from: plan.faults.len(),
            prefix: None,
        });
        for _ in 0..rng.random_range(0..=FAULTS_MAX) {
            let fault = self.draw(rng);
            let Some(fault) = fault else { continue };
            plan.faults.push(fault);
            // A fault that the plan cannot have is left out. Which those are, only the plan knows.
            if problem(self.system, &plan).is_some() {
                plan.faults.pop();
            }
        }
        plan
    }

    fn draw(&self, rng: &mut Pcg64Mcg) -> Option<PlannedFault> {
        let mut point = self.points.choose(rng)?.clone();
        let nth = rng.random_range(1..=NTH_MAX);
        match &mut point {
            InjectionPoint::Message(point) => point.nth = nth,
            InjectionPoint::Commit(point) => point.nth = nth,
        }
        let fault = *faults_at(&point).choose(rng)?;
        let trigger = Trigger::from(point);
        Some(PlannedFault { trigger, fault })
    }
}

/// The first event up to this place that two runs do not share.
fn first_difference(one: &[Event], other: &[Event], until: usize) -> Option<usize> {
    (0..=until).find(|place| one.get(*place) != other.get(*place))
}

/// The hash over the events of a run up to and with this one, as [`Redraw::prefix`] has it.
#[must_use]
pub fn prefix_hash(record: &RunRecord, event: usize) -> String {
    let mut recorder = Recorder::default();
    for event in record.events.iter().take(event + 1) {
        recorder.push(event.clone());
    }
    recorder.hash()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fork(event: usize, failed: u32) -> Fork {
        Fork {
            event,
            failed,
            futures: 10,
        }
    }

    fn known(forks: &[Fork]) -> BTreeMap<usize, Fork> {
        forks.iter().map(|fork| (fork.event, *fork)).collect()
    }

    #[test]
    fn events_are_forked_only_where_the_share_changes() {
        let forks = known(&[
            fork(0, 0),
            fork(10, 0),
            fork(20, 9),
            fork(21, 1),
            fork(30, 1),
        ]);
        assert_eq!(between(&forks), [15]);
    }

    #[test]
    fn what_is_likely_or_certain_stays_so_to_the_end() {
        let forks = [
            fork(0, 10),
            fork(5, 2),
            fork(6, 6),
            fork(7, 10),
            fork(9, 10),
        ];
        assert_eq!(
            (first_from(&forks, 50), first_from(&forks, 100)),
            (Some(6), Some(7))
        );
        assert_eq!(first_from(&[fork(1, 9)], 100), None);
    }

    #[test]
    fn a_grid_has_both_ends_and_each_event_once() {
        assert_eq!(grid(3, 5), [3, 4, 5]);
        let grid = grid(10, 90);
        assert_eq!((grid[0], grid[GRID - 1], grid.len()), (10, 90, GRID));
    }
}
