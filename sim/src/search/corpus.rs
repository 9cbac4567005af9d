//! The corpus: plans whose runs showed something new. A campaign alternates fresh seeds with mutants of these plans.
//!
//! ```text
//!  seed 7, mutant, seed 8, mutant, … ── one round ──► runs ──► plans that showed something new join the corpus
//! ```
//!
//! A round is built from the corpus as it is when the round begins. So the result does not depend on which thread was
//! faster.

use crate::likes::LIKES;
use std::{hash::Hasher, ops::Range};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::world::plan::{Plan, generate, mutate};

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
    pub fn round(&mut self, seeds: &mut Range<u64>) -> Vec<Plan> {
        let mut plans = Vec::new();
        for seed in seeds.by_ref().take(ROUND_SEEDS as usize) {
            plans.push(generate(&LIKES, seed));
            plans.extend(self.mutant());
        }
        plans
    }

    /// A mutant of one plan with parts of another, or of the same one.
    fn mutant(&mut self) -> Option<Plan> {
        let mut rng = Pcg64Mcg::seed_from_u64(STREAM ^ self.mutants.rotate_left(20));
        let length = self.plans.len();
        if length == 0 {
            return None;
        }
        self.mutants += 1;
        let plan = &self.plans[rng.random_range(0..length)];
        // It may be the same plan. That is as likely as any other, and drawing again would change every later mutant.
        let other = &self.plans[rng.random_range(0..length)];
        Some(mutate(&LIKES, plan, other, rng.random()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_mutants_alternate_once_the_corpus_has_a_plan() {
        let mut corpus = Corpus::default();
        let mut seeds = 0..40;
        assert_eq!(corpus.round(&mut seeds).len(), 32, "nothing to mutate yet");
        corpus.join(generate(&LIKES, 3));
        corpus.join(generate(&LIKES, 5));
        let round = corpus.round(&mut seeds);
        let is_seed: Vec<bool> = round.iter().map(|plan| plan.seed.is_some()).collect();
        assert_eq!(is_seed, [true, false].repeat(8));
        assert_eq!(corpus.mutants(), 8);
        assert!(corpus.round(&mut seeds).is_empty());
    }

    #[test]
    fn a_full_corpus_accepts_no_more_plans() {
        let mut corpus = Corpus::default();
        let plan = generate(&LIKES, 1);
        let joined = (0..PLANS_MAX + 5).filter(|_| corpus.join(plan.clone()));
        assert_eq!(joined.count(), PLANS_MAX);
    }

    #[test]
    fn a_digest_covers_what_runs_and_not_the_name() {
        let plan = generate(&LIKES, 1);
        let mut other = plan.clone();
        other.name = "another name".to_owned();
        assert_eq!(digest(&plan), digest(&other));
        other.noise += 1;
        assert_ne!(digest(&plan), digest(&other));
    }
}
