//! A corpus mutates what showed something new.

use likewise_search::corpus::{Corpus, PLANS_MAX, digest};
use likewise_sim_likes::LIKES;
use likewise_world::plan::generate;

#[test]
fn seeds_and_mutants_alternate_once_the_corpus_has_a_plan() {
    let mut corpus = Corpus::default();
    let mut seeds = 0..40;
    assert_eq!(
        corpus.round(&LIKES, &mut seeds).len(),
        32,
        "nothing to mutate yet"
    );
    corpus.join(generate(&LIKES, 3));
    corpus.join(generate(&LIKES, 5));
    let round = corpus.round(&LIKES, &mut seeds);
    let is_seed: Vec<bool> = round.iter().map(|plan| plan.seed.is_some()).collect();
    assert_eq!(is_seed, [true, false].repeat(8));
    assert_eq!(corpus.mutants(), 8);
    assert!(corpus.round(&LIKES, &mut seeds).is_empty());
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
