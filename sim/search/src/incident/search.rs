//! The search: which plans are tried in which order, and how many.
//!
//! ```text
//!  clean runs ─► one fault ─► one more fault in the nearest runs ─► swarm
//!                 a half        a quarter                           the rest
//! ```
//!
//! Runs are judged in the order of their plans, so the result does not depend on the number of workers.

use std::{
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering},
};

use likewise_world::{
    System,
    plan::{Plan, problem},
    record::RunRecord,
};

use super::{
    compare::{Moment, nearest_moment},
    plans::{self, Base},
    target::Target,
};
use crate::campaign::{Campaign, Plans, run_each};

/// The nearest runs that get a second fault.
const NEAREST_MAX: usize = 8;
/// Plans that are made at a time. They are in memory.
const CHUNK: usize = 256;

/// The bounds of a search.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<'a> {
    /// The most runs.
    pub runs_max: u64,
    /// The first seed of the swarm plans.
    pub seed: u64,
    /// The number of workers. `None`: one for each core.
    pub jobs: Option<NonZeroUsize>,
    /// Once it is set, no further run starts.
    pub stop: &'a AtomicBool,
}

/// A part of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Small sagas without further faults.
    Clean,
    /// One fault.
    OneFault,
    /// One more fault in the nearest runs.
    OneMore,
    /// Random plans.
    Swarm,
}

/// How far a search has come. It is reported after every run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchProgress {
    /// The number of runs.
    pub runs: u64,
    /// What is tried.
    pub phase: Phase,
    /// In how many parts the nearest run differs. `None` before the first run with a saga of the kind.
    pub differences: Option<usize>,
}

/// The result of a search.
#[derive(Debug)]
pub enum Searched {
    /// A run shows the target.
    Found(Box<Found>),
    /// None does.
    NotFound(Box<NotFound>),
}

/// A run that shows the target.
#[derive(Debug)]
pub struct Found {
    /// Its plan.
    pub plan: Plan,
    /// When.
    pub moment: Moment,
    /// In which part of the search.
    pub phase: Phase,
    /// The number of runs, with this one.
    pub runs: u64,
}

/// A search that found none.
#[derive(Debug)]
pub struct NotFound {
    /// The number of runs.
    pub runs: u64,
    /// The runs without a record, which show nothing.
    pub broken: u64,
    /// The run that came nearest, if a run had a saga of the kind.
    pub nearest: Option<(Plan, Moment)>,
    /// Whether it was stopped early.
    pub is_stopped: bool,
}

/// Searches a plan of a system whose run shows a target. `variant` is the product or a planted bug.
pub fn search(
    system: &'static dyn System,
    variant: &str,
    target: &Target,
    bounds: Bounds<'_>,
    watch: &mut dyn FnMut(SearchProgress),
) -> Searched {
    let mut search = Search {
        system,
        variant,
        target,
        bounds,
        watch,
        runs: 0,
        broken: 0,
        near: Vec::new(),
        found: None,
    };
    search.all();
    let is_stopped = bounds.stop.load(Ordering::Relaxed);
    match search.found {
        Some(found) => Searched::Found(Box::new(found)),
        None => Searched::NotFound(Box::new(NotFound {
            runs: search.runs,
            broken: search.broken,
            nearest: (search.near.into_iter().next()).map(|near| (near.base.plan, near.moment)),
            is_stopped,
        })),
    }
}

struct Search<'s> {
    system: &'static dyn System,
    variant: &'s str,
    target: &'s Target,
    bounds: Bounds<'s>,
    watch: &'s mut dyn FnMut(SearchProgress),
    runs: u64,
    broken: u64,
    /// The nearest runs with a saga of the kind, the nearest first.
    near: Vec<Near>,
    found: Option<Found>,
}

/// A run that comes near.
struct Near {
    base: Base,
    moment: Moment,
}

impl Search<'_> {
    fn all(&mut self) {
        let (system, target) = (self.system, self.target);
        let runs_max = self.bounds.runs_max;
        let mut bases = Vec::new();
        let clean = plans::clean(system, target).into_iter();
        self.run(Phase::Clean, clean, runs_max, |near| {
            bases.push(near.base.clone())
        });
        let one = plans::with_one_more(system, target, &bases);
        self.run(Phase::OneFault, one, runs_max.div_ceil(2), |_| ());
        let near = self.near.iter().map(|near| near.base.clone());
        let near: Vec<Base> = near.collect();
        let more = plans::with_one_more(system, target, &near);
        self.run(Phase::OneMore, more, runs_max - runs_max / 4, |_| ());
        let seeds = self.bounds.seed..;
        let swarm = seeds.map(|seed| plans::swarm(system, target, seed));
        self.run(Phase::Swarm, swarm, runs_max, |_| ());
    }

    /// Runs plans until there are so many runs in all, or one shows the target. `on_near` gets each run with a saga of the kind.
    fn run(
        &mut self,
        phase: Phase,
        plans: impl Iterator<Item = Plan>,
        runs_max: u64,
        mut on_near: impl FnMut(&Near),
    ) {
        let (system, variant) = (self.system, self.variant);
        let of_variant = |mut plan: Plan| {
            variant.clone_into(&mut plan.system);
            plan
        };
        let plans = plans.map(of_variant);
        let mut plans = plans.filter(|plan| problem(system, plan).is_none());
        while self.found.is_none() && !self.bounds.stop.load(Ordering::Relaxed) {
            let left = runs_max.saturating_sub(self.runs);
            let size = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK);
            let chunk: Vec<Plan> = plans.by_ref().take(size).collect();
            if chunk.is_empty() {
                return;
            }
            self.run_chunk(phase, chunk, &mut on_near);
        }
    }

    fn run_chunk(&mut self, phase: Phase, plans: Vec<Plan>, on_near: &mut impl FnMut(&Near)) {
        let campaign = Campaign {
            system: self.system,
            plans: Plans::List(plans),
            jobs: self.bounds.jobs,
            budget: None,
            stop: self.bounds.stop,
        };
        run_each(&campaign, |done| {
            self.runs += 1;
            match done.result {
                Ok(record) => self.judge(phase, record, on_near),
                Err(_) => self.broken += 1,
            }
            (self.watch)(SearchProgress {
                runs: self.runs,
                phase,
                differences: self.near.first().map(|near| near.moment.differences.len()),
            });
            match self.found {
                Some(_) => ControlFlow::Break(()),
                None => ControlFlow::Continue(()),
            }
        });
    }

    fn judge(&mut self, phase: Phase, record: RunRecord, on_near: &mut impl FnMut(&Near)) {
        let moment = nearest_moment(self.system, &record, self.target);
        let RunRecord {
            plan,
            injection_points: points,
            ..
        } = record;
        if moment.is_same() {
            self.found = Some(Found {
                plan,
                moment,
                phase,
                runs: self.runs,
            });
        } else if moment.state.is_some() {
            let near = Near {
                base: Base { plan, points },
                moment,
            };
            on_near(&near);
            self.keep(near);
        }
    }

    /// Keeps a run if it is among the nearest. Of runs that are equally near, the earlier ones stay: they have fewer faults.
    fn keep(&mut self, near: Near) {
        let distance = |near: &Near| near.moment.distance();
        let place = self
            .near
            .partition_point(|kept| distance(kept) <= distance(&near));
        self.near.insert(place, near);
        self.near.truncate(NEAREST_MAX);
    }
}

impl Phase {
    /// What is tried, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Clean => "small sagas",
            Self::OneFault => "one fault",
            Self::OneMore => "one more fault in the nearest runs",
            Self::Swarm => "random plans",
        }
    }
}
