//! The detection benchmark: how many plans it takes until a planted bug is caught, by three search methods.
//!
//! Where a search happens to begin decides much, so each method is started several times: the exhaustive search in
//! another order each time, the other two at other seeds. Quartiles over the starts are what is published.

use std::{
    collections::BTreeSet,
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};

use rand::{SeedableRng, seq::SliceRandom};
use rand_pcg::Pcg64Mcg;

use super::{
    campaign::{self, Campaign, Plans},
    exhaustive,
};
use likewise_world::{
    RunError, System,
    plan::{Plan, generate, generate_fixed},
};

/// The distance between the first seeds of two starts.
const APART: u64 = 100_000;
/// The number of plans in one campaign of a search. A hit ends the search within it.
const CHUNK: u64 = 128;

/// How plans are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchMethod {
    /// Every single fault at every injection point of three small sagas.
    Exhaustive,
    /// Random plans, each of which switches whole families of faults off.
    Swarm,
    /// Random plans with every kind of fault. The baseline that shows what switching families off gains.
    Fixed,
}

impl SearchMethod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Exhaustive, Self::Swarm, Self::Fixed];

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exhaustive => "exhaustive",
            Self::Swarm => "swarm",
            Self::Fixed => "fixed",
        }
    }
}

/// How much is searched.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// The number of starts of each method.
    pub starts: u64,
    /// The most seeds of one start.
    pub seeds_max: u64,
}

/// The number of plans that each start of a method needed. `None` for a start that did not catch the bug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlansNeeded(Vec<Option<u64>>);

impl PlansNeeded {
    /// Sorts the starts. Those that did not catch the bug are last.
    #[must_use]
    pub fn of(mut starts: Vec<Option<u64>>) -> Self {
        starts.sort_by_key(|needed| needed.unwrap_or(u64::MAX));
        Self(starts)
    }

    /// The number of each start, sorted.
    #[must_use]
    pub fn starts(&self) -> &[Option<u64>] {
        &self.0
    }

    /// The number of starts that caught the bug.
    #[must_use]
    pub fn caught(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// The most plans that this many quarters of the starts needed; 2 gives the median. `None` if fewer starts caught the
    /// bug.
    #[must_use]
    pub fn quartile(&self, quarters: usize) -> Option<u64> {
        let index = (self.0.len() * quarters).div_ceil(4).max(1) - 1;
        self.0.get(index).copied().flatten()
    }
}

/// Every plan of the exhaustive search.
///
/// # Errors
/// [`RunError`] of a clean run.
pub fn singles(system: &'static dyn System) -> Result<Vec<Plan>, RunError> {
    let mut plans = Vec::new();
    for base in exhaustive::bases(system) {
        let cases = exhaustive::cases(system, &base)?.into_iter();
        plans.extend(cases.map(|case| case.plan));
    }
    for base in exhaustive::focused_bases(system) {
        plans.extend(base.cases(system)?.into_iter().map(|case| case.plan));
    }
    Ok(plans)
}

/// Runs each plan once with a planted bug. Returns, in the order of the plans, which of them caught it.
#[must_use]
pub fn caught(
    system: &'static dyn System,
    bug: &str,
    plans: &[Plan],
    stop: &AtomicBool,
) -> Vec<bool> {
    let mut names = BTreeSet::new();
    run_all(system, (bug, plans), stop, |name| {
        names.insert(name);
    });
    let is_caught = |plan: &Plan| names.contains(&plan.name);
    plans.iter().map(is_caught).collect()
}

/// Runs plans with a planted bug until `stop` is set. Calls `found` with the name of each plan that caught it, in order.
fn run_all(
    system: &'static dyn System,
    (bug, plans): (&str, &[Plan]),
    stop: &AtomicBool,
    mut found: impl FnMut(String),
) {
    let with_bug = |plan: &Plan| Plan {
        system: bug.to_owned(),
        ..plan.clone()
    };
    let campaign = Campaign {
        system,
        plans: Plans::List(plans.iter().map(with_bug).collect()),
        jobs: None,
        budget: None,
        stop,
    };
    campaign::run(&campaign, |record, _| {
        if !record.is_green() {
            found(record.plan.name);
        }
    });
}

/// The plans that an exhaustive search needs, for each of `starts` random orders. `caught` says for each plan whether it
/// catches the bug, so no plan runs again for another order.
#[must_use]
pub fn exhaustive(caught: &[bool], starts: u64) -> PlansNeeded {
    let start = |start| {
        let mut order = caught.to_vec();
        order.shuffle(&mut Pcg64Mcg::seed_from_u64(start));
        let first = order.iter().position(|caught| *caught);
        first.map(|place| place as u64 + 1)
    };
    PlansNeeded::of((0..starts).map(start).collect())
}

/// The plans that a search by seeds needs, for each start.
#[must_use]
pub fn by_seeds(
    system: &'static dyn System,
    bug: &str,
    method: SearchMethod,
    extent: Extent,
    stop: &AtomicBool,
) -> PlansNeeded {
    let start = |start| {
        let first = start * APART;
        first_caught(system, (bug, method), first..first + extent.seeds_max, stop)
    };
    PlansNeeded::of((0..extent.starts).map(start).collect())
}

/// The number of plans until the first one that catches the bug. `None` if no seed does.
fn first_caught(
    system: &'static dyn System,
    (bug, method): (&str, SearchMethod),
    seeds: Range<u64>,
    stop: &AtomicBool,
) -> Option<u64> {
    let mut next = seeds.start;
    while next < seeds.end && !stop.load(Ordering::Relaxed) {
        let end = seeds.end.min(next + CHUNK);
        let plans: Vec<Plan> = (next..end).map(|seed| plan(system, method, seed)).collect();
        if let Some(place) = first_of(system, bug, &plans) {
            return Some(next - seeds.start + place as u64 + 1);
        }
        next = end;
    }
    None
}

/// The index of the first plan that catches the bug. Later plans are not started after that.
fn first_of(system: &'static dyn System, bug: &str, plans: &[Plan]) -> Option<usize> {
    let is_caught = AtomicBool::new(false);
    let mut first = None;
    run_all(system, (bug, plans), &is_caught, |name| {
        is_caught.store(true, Ordering::Relaxed);
        first.get_or_insert(name);
    });
    plans
        .iter()
        .position(|plan| Some(&plan.name) == first.as_ref())
}

fn plan(system: &dyn System, method: SearchMethod, seed: u64) -> Plan {
    match method {
        SearchMethod::Fixed => generate_fixed(system, seed),
        SearchMethod::Exhaustive | SearchMethod::Swarm => generate(system, seed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_count_the_starts_that_did_not_catch_the_bug() {
        let needed = PlansNeeded::of(vec![Some(8), None, Some(2), Some(4)]);
        assert_eq!(needed.caught(), 3);
        assert_eq!(needed.quartile(1), Some(2));
        assert_eq!(needed.quartile(2), Some(4));
        assert_eq!(needed.quartile(3), Some(8));
        assert_eq!(needed.quartile(4), None);
        assert_eq!(PlansNeeded::of(Vec::new()).quartile(2), None);
    }

    #[test]
    fn an_order_is_reproducible_and_differs_for_each_start() {
        let caught: Vec<bool> = (0..100).map(|place| place == 7).collect();
        let needed = exhaustive(&caught, 9);
        assert_eq!(needed, exhaustive(&caught, 9));
        let different: BTreeSet<_> = needed.starts().iter().collect();
        assert!(different.len() > 5);
    }
}
