//! A count is exactly the sum of the deltas whose barrier rows are done, and it is never negative.
//!
//! Both hold after every commit, because a step's effect and its barrier row are in one transaction. So a violation
//! points at the commit that broke it.

use std::collections::BTreeSet;

use crate::{
    names::ARTICLE,
    observed::{LikesChange, LikesState},
};
use likewise_world::check::{Delta, Findings, Invariant, ObservedState, Property};

pub(super) const COUNT_IS_DELTAS: Property = Property {
    name: "count-is-deltas",
    about: "an article's count is the sum of the net done deltas of its barrier rows",
    exercised_by: "a like or an unlike that changes a count",
    kept_by: "the effect itself: it adds to the count in the database, and its compensation takes off what it added",
};

pub(super) const NEVER_NEGATIVE: Property = Property {
    name: "likes-never-negative",
    about: "no article ever has fewer than zero likes",
    exercised_by: "a like or an unlike that changes a count",
    kept_by: "the barrier: a like is taken back once at most",
};

/// Checks both properties after each commit that changes a count or a barrier row of the article service.
pub(super) struct Counts;

impl Invariant for Counts {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        let is_article_step = |delta: &Delta| {
            matches!(
                delta,
                Delta::Barrier {
                    service: ARTICLE,
                    ..
                }
            )
        };
        let likes: &LikesState = observed.own();
        let counts = likes.changes().iter().filter_map(|change| match change {
            LikesChange::Count(article) => Some(*article),
            _ => None,
        });
        let changed: BTreeSet<i64> = counts.collect();
        if changed.is_empty() && !deltas.iter().any(is_article_step) {
            return;
        }
        for (article, count) in &likes.counts {
            let net = likes.net.get(article).copied().unwrap_or(0);
            findings.require(COUNT_IS_DELTAS, *count == net, || {
                format!("article {article} has {count} likes, its done steps add up to {net}")
            });
        }
        for article in changed {
            let count = likes.counts[&article];
            findings.require(NEVER_NEGATIVE, count >= 0, || {
                format!("article {article} has {count} likes")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::*;
    use likewise_world::record::PropertyStatus;

    #[test]
    fn the_count_follows_a_like_and_its_compensation() {
        let run = sample(Counts)
            .commit(ARTICLE, &[step_new(1, 0, 0, 1), count(1, 1)])
            .commit(ARTICLE, &[step_moved(1, 0, 2, 1), count(1, 0)]);
        assert_eq!(run.status(COUNT_IS_DELTAS), PropertyStatus::Passed);
        assert_eq!(run.status(NEVER_NEGATIVE), PropertyStatus::Passed);
    }

    #[test]
    fn a_count_without_a_step_is_a_violation() {
        let run = sample(Counts).commit(ARTICLE, &[count(1, 1)]);
        assert_eq!(run.status(COUNT_IS_DELTAS), PropertyStatus::Violated);
        assert_eq!(run.status(NEVER_NEGATIVE), PropertyStatus::Passed);
    }

    #[test]
    fn a_step_without_a_count_is_a_violation() {
        let run = sample(Counts)
            .commit(ARTICLE, &[count(1, 0)])
            .commit(ARTICLE, &[step_new(1, 0, 0, 1)]);
        assert_eq!(run.status(COUNT_IS_DELTAS), PropertyStatus::Violated);
    }

    /// The two properties catch different mistakes, so neither replaces the other.
    #[test]
    fn a_count_below_zero_is_a_violation_although_it_matches_its_steps() {
        let run = sample(Counts).commit(ARTICLE, &[step_new(1, 1, 0, -1), count(1, -1)]);
        assert_eq!(run.status(COUNT_IS_DELTAS), PropertyStatus::Passed);
        assert_eq!(run.status(NEVER_NEGATIVE), PropertyStatus::Violated);
    }
}
