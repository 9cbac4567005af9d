//! Combinations of single faults: all pairs, or sampled triples, over each of the three sagas.
//!
//! A combination has a number and is built from it when its turn comes. So hundreds of thousands of plans are never in
//! memory at once, and a search can be sharded into ranges, stopped and resumed. Nothing is left out: two different
//! faults at the same point are a pair like any other.

use std::{hash::Hasher, sync::OnceLock};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use siphasher::sip128::{Hasher128, SipHasher13};

use super::{
    bases::bases,
    cases::cases,
    choice::Choice,
    rank::{choose, unrank},
    single_fault_run::SingleFaultRun,
};
use crate::guarded::run_guarded;
use likewise_world::{
    RunError, System,
    plan::{InjectionPoint, Plan, PlannedFault},
    run::run,
};

/// One saga and every fault that can be injected into it.
#[derive(Debug)]
struct Base {
    plan: Plan,
    faults: Vec<PlannedFault>,
    /// The injection point of each fault.
    points: Vec<InjectionPoint>,
    /// The run of each fault alone. It is made when it is first needed, and `None` if it has no record.
    single_fault_runs: Vec<OnceLock<Option<SingleFaultRun>>>,
}

impl Base {
    /// Records the clean run of a plan and lists its faults. Both go into the hash.
    fn of(
        system: &'static dyn System,
        plan: Plan,
        hasher: &mut SipHasher13,
    ) -> Result<Self, RunError> {
        hasher.write(run(system, &plan)?.hash.as_bytes());
        let cases = cases(system, &plan)?.into_iter();
        let (points, faults): (Vec<InjectionPoint>, Vec<PlannedFault>) = cases
            .flat_map(|case| {
                let faults = case.plan.faults.into_iter();
                faults.map(move |fault| (case.point.clone(), fault))
            })
            .unzip();
        // JSON, unlike the debug format, does not depend on names in the code.
        hasher.write(&serde_json::to_vec(&faults).unwrap_or_default());
        Ok(Self {
            plan,
            single_fault_runs: faults.iter().map(|_| OnceLock::new()).collect(),
            faults,
            points,
        })
    }
}

/// The combinations of faults, by their numbers.
#[derive(Debug)]
pub struct Combinations {
    system: &'static dyn System,
    bases: Vec<Base>,
    choice: Choice,
    hash: String,
}

/// Some faults of one base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination {
    /// The index of the base.
    pub base: usize,
    /// The indices of the faults among those of the base.
    pub faults: Vec<usize>,
}

impl Combinations {
    /// Records the clean runs and lists their faults.
    ///
    /// # Errors
    /// [`RunError`] of a clean run.
    pub fn of(system: &'static dyn System, choice: Choice) -> Result<Self, RunError> {
        let mut hasher = SipHasher13::new();
        let bases = bases(system).into_iter();
        let bases = bases.map(|plan| Base::of(system, plan, &mut hasher));
        Ok(Self {
            system,
            bases: bases.collect::<Result<_, _>>()?,
            choice,
            hash: format!("{:032x}", hasher.finish128().as_u128()),
        })
    }

    /// Which combinations these are.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// Identifies the sagas, their clean runs and their faults. Two searches with the same hash number the same
    /// combinations, so one can resume the other.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The names of the bases, and the number of combinations that each has.
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

    /// The number of combinations that are searched.
    #[must_use]
    pub fn count(&self) -> u64 {
        match self.choice {
            Choice::Triples { count, .. } => count,
            Choice::Pairs => self.possible(),
        }
    }

    /// The number of combinations that exist.
    fn possible(&self) -> u64 {
        self.bases().map(|(_, count)| count).sum()
    }

    /// The combination with this number. `None` past the last one.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<Combination> {
        let mut rest = self.rank(number)?;
        for (base, (_, count)) in self.bases().enumerate() {
            if rest < count {
                let faults = unrank(rest, self.choice.size());
                return Some(Combination { base, faults });
            }
            rest -= count;
        }
        None
    }

    /// The rank of a combination among all that exist: its number, or a draw that depends on the number alone.
    ///
    /// A draw depends on its number alone, so a shard draws the same triples as the whole search.
    fn rank(&self, number: u64) -> Option<u64> {
        match self.choice {
            Choice::Triples { count, seed } if number < count => {
                let mut rng = Pcg64Mcg::seed_from_u64(seed ^ number.rotate_left(32));
                let possible = self.possible();
                (possible > 0).then(|| rng.random_range(0..possible))
            }
            Choice::Triples { .. } => None,
            Choice::Pairs => Some(number),
        }
    }

    /// The plan with this number. `None` past the last one.
    #[must_use]
    pub fn plan(&self, number: u64) -> Option<Plan> {
        self.get(number)
            .map(|combination| self.plan_of(&combination))
    }

    /// The plan of a combination.
    #[must_use]
    pub fn plan_of(&self, combination: &Combination) -> Plan {
        let base = &self.bases[combination.base];
        let mut plan = base.plan.clone();
        let faults = combination.faults.iter().map(|fault| &base.faults[*fault]);
        plan.faults = faults.cloned().collect();
        let descriptions: Vec<String> = plan.faults.iter().map(ToString::to_string).collect();
        plan.name = format!("{}: {}", base.plan.name, descriptions.join(" + "));
        plan
    }

    /// Whether one of the faults may keep a statement waiting.
    pub(super) fn may_hang_statements(&self, combination: &Combination) -> bool {
        let faults = &self.bases[combination.base].faults;
        let mut combined = combination.faults.iter().map(|fault| &faults[*fault]);
        combined.any(|planned| planned.fault.may_hang_statements())
    }

    /// The injection points of the faults of a base, in their order.
    pub(super) fn points(&self, base: usize) -> Option<&[InjectionPoint]> {
        Some(&self.bases.get(base)?.points)
    }

    /// The run of one fault alone. It runs when it is first needed. `None` if that run has no record.
    ///
    /// Threads may ask for the same run at the same time. One of them makes it, the others wait.
    pub fn single_fault_run(&self, base: usize, fault: usize) -> Option<&SingleFaultRun> {
        let of = self.bases.get(base)?;
        let run = || {
            let faults = vec![fault];
            let plan = self.plan_of(&Combination { base, faults });
            let record = run_guarded(self.system, &plan).ok()?;
            Some(SingleFaultRun::of(&record, &of.points))
        };
        of.single_fault_runs.get(fault)?.get_or_init(run).as_ref()
    }
}
