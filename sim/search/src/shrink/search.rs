//! Runs the candidates of the passes, and finds the first one that fails in the same way, or shows the same.
//!
//! Candidates are tried in an order that the passes choose, and the first success wins. An exhaustive search for the
//! smallest plan is impossible: the number of subsets is exponential.

use std::{
    collections::BTreeSet,
    hash::{Hash, Hasher},
    num::NonZeroUsize,
    ops::{ControlFlow, Range},
    thread,
};

use siphasher::sip128::{Hasher128, SipHasher13};

use super::progress::Progress;
use crate::guarded::run_on_core;
use likewise_world::{
    System,
    plan::{Plan, problem},
    record::RunRecord,
};

/// The search that all passes share.
pub(super) struct Search<'a> {
    system: &'static dyn System,
    is_same: &'a dyn Fn(&RunRecord) -> bool,
    runs_max: u64,
    watch: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    /// Digests of the plans that were tried. One that failed in the same way was taken, so no plan is worth trying again.
    tried: BTreeSet<u128>,
    runs: u64,
    is_over: bool,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        system: &'static dyn System,
        is_same: &'a dyn Fn(&RunRecord) -> bool,
        runs_max: u64,
        watch: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Self {
        Self {
            system,
            is_same,
            runs_max,
            watch,
            tried: BTreeSet::new(),
            runs: 0,
            is_over: false,
        }
    }

    /// The system that runs.
    pub(super) fn system(&self) -> &'static dyn System {
        self.system
    }

    /// Whether the limit of runs is reached, or `watch` stopped the search.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The number of candidates that were run and judged. Candidates that ran ahead for nothing do not count: their number
    /// depends on the cores of the machine, and the limit must not.
    pub(super) fn runs(&self) -> u64 {
        self.runs
    }

    /// Replaces the plan by the first smaller one that fails in the same way, for as long as there is one. Each search
    /// continues at the place in the list where the last one ended.
    pub(super) fn sweep(&mut self, plan: &mut Plan, smaller: impl Fn(&Plan) -> Vec<Plan>) {
        let mut from = 0;
        // This ends: each turn takes a plan that was not tried before, and the number of runs is bounded.
        while !self.is_over {
            let mut candidates = smaller(plan);
            let Some(place) = self.first(plan, &candidates, from) else {
                return;
            };
            *plan = candidates.swap_remove(place);
            // Candidates before this place failed to fail for the larger plan. They hardly succeed for the smaller
            // one, and the next round tries them again.
            from = place;
        }
    }

    /// Delta debugging: removes all elements, then each half, each quarter and so on, down to single elements.
    ///
    /// # Source
    /// A. Zeller, R. Hildebrandt: Simplifying and Isolating Failure-Inducing Input, 2002.
    pub(super) fn by_halves(
        &mut self,
        plan: &mut Plan,
        count: impl Fn(&Plan) -> usize,
        without: impl Fn(&Plan, Range<usize>) -> Vec<Plan>,
    ) {
        let mut size = count(plan);
        while size > 0 {
            self.sweep(plan, |plan| {
                let ranges = chunks(count(plan), size).into_iter();
                ranges.flat_map(|range| without(plan, range)).collect()
            });
            size /= 2;
        }
    }

    /// The index of the first candidate, from index `from` on, that fails in the same way.
    ///
    /// Candidates run in batches of one for each core. Their order decides, not which core is done first.
    fn first(&mut self, now: &Plan, candidates: &[Plan], from: usize) -> Option<usize> {
        let fresh = self.fresh(candidates, from);
        for batch in fresh.chunks(cores()) {
            let plans: Vec<&Plan> = batch.iter().map(|place| &candidates[*place]).collect();
            for (place, record) in batch.iter().zip(run_all(self.system, &plans)) {
                if self.is_over {
                    return None;
                }
                self.tried.insert(digest(&candidates[*place]));
                self.count(now);
                if record.is_some_and(|record| (self.is_same)(&record)) {
                    return Some(*place);
                }
            }
        }
        None
    }

    /// The index of the first candidate that violates nothing and whose record is fit.
    ///
    /// One after the other and not concurrently: the first candidates often pass, so most concurrent runs would be
    /// for nothing.
    pub(super) fn first_green(
        &mut self,
        now: &Plan,
        candidates: impl Iterator<Item = Plan>,
        is_fit: impl Fn(&RunRecord) -> bool,
    ) -> Option<usize> {
        let system = self.system;
        let valid = |(_, plan): &(usize, Plan)| problem(system, plan).is_none();
        for (place, candidate) in candidates.enumerate().filter(valid) {
            if self.is_over {
                return None;
            }
            self.count(now);
            let green =
                run_on_core(0, system, &candidate).is_ok_and(|r| r.is_green() && is_fit(&r));
            if green {
                return Some(place);
            }
        }
        None
    }

    /// The indices of the valid candidates that were not tried yet.
    ///
    /// Invalid plans are dropped here, so that a pass may propose a change without knowing every rule of plans.
    fn fresh(&self, candidates: &[Plan], from: usize) -> Vec<usize> {
        let mut seen = BTreeSet::new();
        (from..candidates.len())
            .filter(|place| {
                let digest = digest(&candidates[*place]);
                !self.tried.contains(&digest) && seen.insert(digest)
            })
            .filter(|place| problem(self.system, &candidates[*place]).is_none())
            .collect()
    }

    /// Counts a run and reports the progress.
    fn count(&mut self, now: &Plan) {
        self.runs += 1;
        let progress = Progress {
            runs: self.runs,
            faults: now.faults.len(),
            operations: now.workload.len(),
        };
        let is_stopped = (self.watch)(progress).is_break();
        self.is_over = is_stopped || self.runs >= self.runs_max;
    }
}

/// Runs plans concurrently, each on a separate core. A run that fails has no record.
fn run_all(system: &'static dyn System, plans: &[&Plan]) -> Vec<Option<RunRecord>> {
    thread::scope(|scope| {
        let runs: Vec<_> = plans
            .iter()
            .enumerate()
            .map(|(core, plan)| scope.spawn(move || run_on_core(core, system, plan).ok()))
            .collect();
        let join = |run: thread::ScopedJoinHandle<'_, _>| run.join().ok().flatten();
        runs.into_iter().map(join).collect()
    })
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Ranges of a size that cover `count` elements. The last one may be shorter.
fn chunks(count: usize, size: usize) -> Vec<Range<usize>> {
    (0..count)
        .step_by(size.max(1))
        .map(|from| from..(from + size).min(count))
        .collect()
}

/// A digest that differs for different plans.
///
/// The debug text has every field, so the types of a plan need no `Hash`.
fn digest(plan: &Plan) -> u128 {
    let mut hasher = SipHasher13::new();
    format!("{plan:?}").hash(&mut hasher);
    hasher.write_u8(0);
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;
    use likewise_world::plan::generate;
    use likewise_world::testing::SHOP;

    #[test]
    fn chunks_cover_every_element_once() {
        assert_eq!(chunks(5, 2), [0..2, 2..4, 4..5]);
        assert_eq!(chunks(2, 2), vec![0..2]);
        assert!(chunks(0, 1).is_empty());
    }

    #[test]
    fn plans_that_differ_anywhere_have_different_digests() {
        let plan = generate(&SHOP, 1);
        let mut other = plan.clone();
        assert_eq!(digest(&plan), digest(&other));
        other.timing.scan_every_millis += 1;
        assert_ne!(digest(&plan), digest(&other));
    }
}
