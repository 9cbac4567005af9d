//! The corpus: plans whose runs showed something new. A campaign alternates fresh seeds and mutants of them.
//!
//! ```text
//!  seed 7, mutant, seed 8, mutant, …  ── one round ──►  runs  ──►  what showed something new joins the corpus
//! ```
//!
//! A round is made of what the corpus is at its beginning: which thread was faster changes nothing.

use std::{hash::Hasher, ops::Range};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use siphasher::sip128::{Hasher128, SipHasher13};

use crate::world::plan::{Plan, generate, mutate};

/// Plans that are kept at most; when it is full nothing joins it any more.
pub const PLANS_MAX: usize = 1_000;
/// Seeds of a round; with a mutant for each.
const ROUND_SEEDS: u64 = 32;
/// Tells the mutants' random stream from others.
const STREAM: u64 = 0x6d75_7461_6e74;

/// Plans worth being near to.
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

    /// How many mutants were made.
    #[must_use]
    pub fn mutants(&self) -> u64 {
        self.mutants
    }

    /// Takes a plan in. Returns whether there was room for it.
    pub fn join(&mut self, plan: Plan) -> bool {
        let room = self.plans.len() < PLANS_MAX;
        if room {
            self.plans.push(plan);
        }
        room
    }

    /// The plans of the next round: the next seeds, and after each a mutant if there is anything to mutate. Takes the
    /// seeds off the range; empty when there are none left.
    pub fn round(&mut self, seeds: &mut Range<u64>) -> Vec<Plan> {
        let mut plans = Vec::new();
        for seed in seeds.by_ref().take(ROUND_SEEDS as usize) {
            plans.push(generate(seed));
            plans.extend(self.mutant());
        }
        plans
    }

    fn mutant(&mut self) -> Option<Plan> {
        let mut rng = Pcg64Mcg::seed_from_u64(STREAM ^ self.mutants.rotate_left(20));
        let length = self.plans.len();
        if length == 0 {
            return None;
        }
        self.mutants += 1;
        let plan = &self.plans[rng.random_range(0..length)];
        let other = &self.plans[rng.random_range(0..length)];
        Some(mutate(plan, other, rng.random()))
    }
}

/// What a plan is, apart from what it is called: names its file.
#[must_use]
pub fn digest(plan: &Plan) -> String {
    let nameless = Plan {
        name: String::new(),
        seed: None,
        ..plan.clone()
    };
    let mut hasher = SipHasher13::new();
    // As JSON: unlike the debug format, it does not depend on names in the code.
    hasher.write(&serde_json::to_vec(&nameless).unwrap_or_default());
    format!("{:032x}", hasher.finish128().as_u128())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_mutants_take_turns_once_there_is_something_to_mutate() {
        let mut corpus = Corpus::default();
        let mut seeds = 0..40;
        assert_eq!(corpus.round(&mut seeds).len(), 32, "nothing to mutate yet");
        corpus.join(generate(3));
        corpus.join(generate(5));
        let round = corpus.round(&mut seeds);
        let is_seed: Vec<bool> = round.iter().map(|plan| plan.seed.is_some()).collect();
        assert_eq!(is_seed, [true, false].repeat(8));
        assert_eq!(corpus.mutants(), 8);
        assert!(corpus.round(&mut seeds).is_empty());
    }

    #[test]
    fn it_has_a_bound() {
        let mut corpus = Corpus::default();
        let plan = generate(1);
        let joined = (0..PLANS_MAX + 5).filter(|_| corpus.join(plan.clone()));
        assert_eq!(joined.count(), PLANS_MAX);
    }

    #[test]
    fn a_digest_is_of_what_runs() {
        let plan = generate(1);
        let mut other = plan.clone();
        other.name = "another name".to_owned();
        assert_eq!(digest(&plan), digest(&other));
        other.noise += 1;
        assert_ne!(digest(&plan), digest(&other));
    }
}
