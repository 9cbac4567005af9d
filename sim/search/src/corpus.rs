//! The corpus: plans whose runs showed something new. A campaign alternates fresh seeds with mutants of these plans.
//!
//! ```text
//!  seed 7, mutant, seed 8, mutant, … ── one round ──► runs ──► plans that showed something new join the corpus
//! ```
//!
//! A round is built from the corpus as it is when the round begins. So the result does not depend on which thread was
//! faster.

use std::{hash::Hasher, ops::Range};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use siphasher::sip128::{Hasher128, SipHasher13};

use likewise_world::{
    System,
    plan::{Plan, generate, mutate},
};

/// The most plans that are kept. A full corpus accepts no more.
pub const PLANS_MAX: usize = 1_000;
/// The number of seeds in a round. Each is followed by a mutant.
const ROUND_SEEDS: u64 = 32;
/// The number of the mutants' random stream. It must differ from those of plan generation.
const STREAM: u64 = 0x6d75_7461_6e74;

/// Plans that are worth mutating.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    plans: Vec<Plan>,
    mutants: u64,
}

impl Corpus {
    /// The plans, in the order in which they joined.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The number of mutants that were made. It numbers the next one's random stream.
    #[must_use]
    pub fn mutants(&self) -> u64 {
        self.mutants
    }

    /// Adds a plan. Returns whether the corpus had space for it.
    pub fn join(&mut self, plan: Plan) -> bool {
        let has_space = self.plans.len() < PLANS_MAX;
        if has_space {
            self.plans.push(plan);
        }
        has_space
    }

    /// The plans of the next round: the next seeds, each followed by a mutant unless the corpus is empty.
    ///
    /// Removes the seeds from the range. Returns no plans when no seeds are left.
    pub fn round(&mut self, system: &dyn System, seeds: &mut Range<u64>) -> Vec<Plan> {
        let mut plans = Vec::new();
        for seed in seeds.by_ref().take(ROUND_SEEDS as usize) {
            plans.push(generate(system, seed));
            plans.extend(self.mutant(system));
        }
        plans
    }

    /// A mutant of one plan with parts of another, or of the same one.
    fn mutant(&mut self, system: &dyn System) -> Option<Plan> {
        let mut rng = Pcg64Mcg::seed_from_u64(STREAM ^ self.mutants.rotate_left(20));
        let length = self.plans.len();
        if length == 0 {
            return None;
        }
        self.mutants += 1;
        let plan = &self.plans[rng.random_range(0..length)];
        // It may be the same plan. That is as likely as any other, and drawing again would change every later mutant.
        let other = &self.plans[rng.random_range(0..length)];
        Some(mutate(system, plan, other, rng.random()))
    }
}

/// A digest of what a plan runs, without its name and seed. It names the plan's file in a corpus folder.
#[must_use]
pub fn digest(plan: &Plan) -> String {
    let nameless = Plan {
        name: String::new(),
        seed: None,
        ..plan.clone()
    };
    let mut hasher = SipHasher13::new();
    // JSON, unlike the debug format, does not depend on names in the code.
    hasher.write(&serde_json::to_vec(&nameless).unwrap_or_default());
    format!("{:032x}", hasher.finish128().as_u128())
}
