//! Combinations of single faults: all pairs, or sampled triples, over each of the three sagas.
//!
//! A combination has a number, and is made from it when its turn comes: hundreds of thousands of plans are never in
//! memory at once, and a search can be point into ranges, stopped and gone on with. Nothing is left out: two different
//! faults of the same point are a pair like any other.

use std::{hash::Hasher, sync::OnceLock};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher13};

use super::{bases, cases, single_run::SingleFaultRun};
use crate::{
    run::run,
    search::guarded::run_guarded,
    world::{
        RunError,
        plan::{InjectionPoint, Plan, PlannedFault},
        record::RunRecord,
    },
};

/// Of the combinations that need no run, one in so many is run all the same, and compared.
const COMPARED_EVERY: u64 = 1_000;

/// Which combinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "choice", rename_all = "snake_case")]
pub enum Choice {
    /// Every unordered pair of different faults.
    Pairs,
    /// Random triples of different faults: each place is drawn by itself, so one may come twice.
    Triples {
        /// How many.
        count: u64,
        /// They are drawn from it.
        seed: u64,
    },
}

impl Choice {
    /// Faults in one combination.
    #[must_use]
    pub fn size(self) -> u64 {
        match self {
            Self::Pairs => 2,
            Self::Triples { .. } => 3,
        }
    }

    /// What people call them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pairs => "pairs",
            Self::Triples { .. } => "triples",
        }
    }
}

/// One saga and every fault that can strike it.
#[derive(Debug)]
struct Base {
    plan: Plan,
    faults: Vec<PlannedFault>,
    /// The point of each of them.
    points: Vec<InjectionPoint>,
    /// The run of each of them alone, once somebody wanted to know.
    alone: Vec<OnceLock<Option<SingleFaultRun>>>,
}

/// The combinations of faults, by their numbers.
#[derive(Debug)]
pub struct Combinations {
    bases: Vec<Base>,
    choice: Choice,
    hash: String,
}

/// Some faults of one base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination {
    /// Which base.
    pub base: usize,
    /// Which of its faults.
    pub faults: Vec<usize>,
}

/// What is to be done about a combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Run this.
    Run(Box<Plan>),
    /// Nothing: it is the run of one of its faults alone.
    Nothing,
}

/// What became of a combination in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// Every fault struck.
    AllInjected,
    /// Some struck, and that kept the others from striking: each of those does strike when it is alone.
    Prevented,
    /// Not covered.
    Missed,
}

impl Combinations {
    /// Records the clean runs and lists their faults.
    ///
    /// # Errors
    /// [`RunError`] of a clean run.
    pub fn of(choice: Choice) -> Result<Self, RunError> {
        let mut hasher = SipHasher13::new();
        let mut all = Vec::new();
        for plan in bases() {
            hasher.write(run(&plan)?.hash.as_bytes());
            let cases = cases(&plan)?.into_iter();
            let (points, faults): (Vec<InjectionPoint>, Vec<PlannedFault>) = cases
                .flat_map(|case| {
                    case.plan
                        .faults
                        .into_iter()
                        .map(move |fault| (case.point.clone(), fault))
                })
                .unzip();
            // As JSON: unlike the debug format, it does not depend on names in the code.
            hasher.write(&serde_json::to_vec(&faults).unwrap_or_default());
            let alone = faults.iter().map(|_| OnceLock::new()).collect();
            all.push(Base {
                plan,
                faults,
                points,
                alone,
            });
        }
        Ok(Self {
            bases: all,
            choice,
            hash: format!("{:032x}", hasher.finish128().as_u128()),
        })
    }

    /// Which combinations.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// Identifies the sagas, what they do when nothing goes wrong, and their faults.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The names of the bases, and how many combinations each has.
    pub fn bases(&self) -> impl Iterator<Item = (&str, u64)> {
        let size = self.choice.size();
        let bases = self.bases.iter();
        bases.map(move |base| {
            (
                base.plan.name.as_str(),
                choose(base.faults.len() as u64, size),
            )
        })
    }

    /// How many combinations there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self.choice {
            Choice::Triples { count, .. } => count,
            _ => self.possible(),
        }
    }

    fn possible(&self) -> u64 {
        self.bases().map(|(_, count)| count).sum()
    }

    /// The combination of a number; nothing past the last.
    #[must_use]
    pub fn get(&self, place: u64) -> Option<Combination> {
        let mut rest = self.drawn(place)?;
        for (base, (_, count)) in self.bases().enumerate() {
            if rest < count {
                let faults = unrank(rest, self.choice.size());
                return Some(Combination { base, faults });
            }
            rest -= count;
        }
        None
    }

    /// The number among all possible ones: itself, or drawn.
    fn drawn(&self, place: u64) -> Option<u64> {
        match self.choice {
            Choice::Triples { count, seed } if place < count => {
                let mut rng = Pcg64Mcg::seed_from_u64(seed ^ place.rotate_left(32));
                let possible = self.possible();
                (possible > 0).then(|| rng.random_range(0..possible))
            }
            Choice::Triples { .. } => None,
            _ => Some(place),
        }
    }

    /// The plan of a number; nothing past the last.
    #[must_use]
    pub fn plan(&self, place: u64) -> Option<Plan> {
        self.get(place)
            .map(|combination| self.plan_of(&combination))
    }

    /// The plan of a combination.
    #[must_use]
    pub fn plan_of(&self, combination: &Combination) -> Plan {
        let base = &self.bases[combination.base];
        let mut plan = base.plan.clone();
        let faults = combination.faults.iter().map(|fault| &base.faults[*fault]);
        plan.faults = faults.cloned().collect();
        let told: Vec<String> = plan.faults.iter().map(ToString::to_string).collect();
        plan.name = format!("{}: {}", base.plan.name, told.join(" + "));
        plan
    }

    /// How a fault runs alone: run when it is first asked for. Nothing, if that run has no record.
    pub fn alone(&self, base: usize, fault: usize) -> Option<&SingleFaultRun> {
        let known = self.bases.get(base)?;
        let run = || {
            let faults = vec![fault];
            let plan = self.plan_of(&Combination { base, faults });
            let record = run_guarded(&plan).ok()?;
            Some(SingleFaultRun::of(&record, &known.points))
        };
        known.alone.get(fault)?.get_or_init(run).as_ref()
    }

    /// The fault whose run alone *is* the run of the combination; nothing, if that is not known for certain.
    ///
    /// Until its trigger is met, a fault changes nothing. If the run of one fault never comes by where the others
    /// would strike, then with them it is the same run, event for event. All must strike when they are alone, as
    /// everywhere; and a run that violates something is not spared, for somebody will want its plan.
    pub fn same_as(&self, combination: &Combination) -> Option<usize> {
        let base = combination.base;
        let points = &self.bases.get(base)?.points;
        let alone = |fault: &usize| self.alone(base, *fault);
        if !combination
            .faults
            .iter()
            .all(|fault| alone(fault).is_some_and(|alone| alone.fires))
        {
            return None;
        }
        let is_it = |fault: &&usize| {
            let others = combination.faults.iter().filter(|other| other != fault);
            alone(fault).is_some_and(|alone| {
                alone.green
                    && others
                        .into_iter()
                        .all(|other| !alone.reaches(&points[*other]))
            })
        };
        combination.faults.iter().find(is_it).copied()
    }

    /// What is to be run for a number; nothing past the last.
    #[must_use]
    pub fn task(&self, place: u64) -> Option<Task> {
        let mut combination = self.get(place)?;
        let Some(same) = self.same_as(&combination) else {
            return Some(Task::Run(Box::new(self.plan_of(&combination))));
        };
        if !place.is_multiple_of(COMPARED_EVERY) {
            return Some(Task::Nothing);
        }
        // Faults are told by their places, and the one that strikes is to have the place that it has alone.
        combination.faults.sort_by_key(|fault| *fault != same);
        Some(Task::Run(Box::new(self.plan_of(&combination))))
    }

    /// What became of a combination in its run; `alone` says which faults strike when they are alone.
    ///
    /// Until the first strike its run is the run of that fault alone. So what strikes alone and not here was kept from
    /// it by the others.
    #[must_use]
    pub fn covered(
        combination: &Combination,
        record: &RunRecord,
        alone: impl Fn(usize, usize) -> bool,
    ) -> Covered {
        let fired = |place: usize| record.injected.get(place).copied().unwrap_or(false);
        if !record.injected.contains(&true) {
            return Covered::Missed;
        }
        let faults = combination.faults.iter().enumerate();
        let mut idle = faults.filter(|(place, _)| !fired(*place)).peekable();
        if idle.peek().is_none() {
            return Covered::AllInjected;
        }
        match idle.all(|(_, fault)| alone(combination.base, *fault)) {
            true => Covered::Prevented,
            false => Covered::Missed,
        }
    }
}

/// How many sets of `size` there are among `n`.
fn choose(n: u64, size: u64) -> u64 {
    (0..size).fold(1, |sets, at| sets * n.saturating_sub(at) / (at + 1))
}

/// The set of `size` numbers that has this rank, in the order of the largest member, then the next.
fn unrank(mut rank: u64, size: u64) -> Vec<usize> {
    let mut set = Vec::new();
    for size in (1..=size).rev() {
        let member = last(size - 1, |member| choose(member, size) <= rank);
        rank -= choose(member, size);
        set.push(usize::try_from(member).unwrap_or(usize::MAX));
    }
    set.reverse();
    set
}

/// The last number from `first` on of which something is so, if it is so of all up to there.
fn last(first: u64, so: impl Fn(u64) -> bool) -> u64 {
    let mut step = 1;
    while so(first + step) {
        step *= 2;
    }
    let (mut low, mut high) = (first, first + step);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match so(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ranks_are_all_sets_and_each_once() {
        for size in 1..=3 {
            let sets: Vec<_> = (0..choose(9, size))
                .map(|rank| unrank(rank, size))
                .collect();
            let different: BTreeSet<_> = sets.iter().cloned().collect();
            assert_eq!(different.len(), sets.len());
            for set in sets {
                assert!(set.windows(2).all(|two| two[0] < two[1]), "{set:?}");
                assert!(set.iter().all(|member| *member < 9), "{set:?}");
            }
        }
        assert_eq!(choose(9, 3), 84);
        assert_eq!((choose(1, 2), choose(0, 1)), (0, 0));
    }

    #[test]
    fn every_pair_of_every_base_has_a_number() {
        let pairs = Combinations::of(Choice::Pairs).unwrap();
        let mut first = 0;
        for (base, (_, count)) in pairs.bases().enumerate() {
            let faults = pairs.bases[base].faults.len();
            let last = pairs.get(first + count - 1).unwrap();
            assert_eq!(
                (last.base, last.faults),
                (base, vec![faults - 2, faults - 1])
            );
            let zero = pairs.get(first).unwrap();
            assert_eq!((zero.base, zero.faults), (base, vec![0, 1]));
            first += count;
        }
        assert_eq!(first, pairs.count());
        assert_eq!(pairs.get(first), None);
        assert!(pairs.plan(first).is_none());
        assert_eq!(pairs.plan(7).unwrap().faults.len(), 2);
    }

    #[test]
    fn triples_are_drawn_by_their_seed_and_place() {
        let draw = |seed| {
            let choice = Choice::Triples { count: 20, seed };
            let triples = Combinations::of(choice).unwrap();
            assert_eq!(triples.get(20), None);
            (0..20)
                .map(|at| triples.get(at).unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(draw(1).iter().all(|triple| triple.faults.len() == 3));
    }

    #[test]
    fn what_another_fault_prevented_is_covered_only_if_it_strikes_alone() {
        let pairs = Combinations::of(Choice::Pairs).unwrap();
        let combination = pairs.get(0).unwrap();
        let mut record = run(&pairs.plan(0).unwrap()).unwrap();
        let mut covered = |fired: [bool; 2], alone: bool| {
            record.injected = fired.to_vec();
            Combinations::covered(&combination, &record, |_, _| alone)
        };
        assert_eq!(covered([true, true], false), Covered::AllInjected);
        assert_eq!(covered([true, false], true), Covered::Prevented);
        assert_eq!(covered([false, true], true), Covered::Prevented);
        assert_eq!(covered([true, false], false), Covered::Missed);
        assert_eq!(covered([false, false], true), Covered::Missed);
    }
}
