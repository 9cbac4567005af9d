//! The count and the records of an article never differ by more than its open sagas.
//!
//! A saga changes the count and the record in two transactions, so they differ while it is open. Each saga changes each
//! of them by one at most: that bounds the difference at every moment, not only at rest.

use std::collections::{BTreeMap, BTreeSet};

use crate::observed::{LikesChange, LikesState};
use likewise_world::check::{Delta, Findings, Invariant, ObservedState, Property};

pub(super) const PROPERTY: Property = Property {
    name: "divergence-is-bounded",
    about: "count and records of an article differ by at most the number of its open sagas",
    exercised_by: "a like or an unlike whose saga begins",
    kept_by: "the saga as a whole: only an open saga may have done one of its steps and not the other",
};

/// Checks each article that a commit touches.
pub(super) struct Divergence;

impl Invariant for Divergence {
    fn after_commit(&mut self, observed: &ObservedState, _: &[Delta], findings: &mut Findings) {
        let likes: &LikesState = observed.own();
        let touched = likes.changes().iter().map(|change| match change {
            LikesChange::Count(article) | LikesChange::Saga(article) => *article,
            LikesChange::Liked(row) | LikesChange::Unliked(row) => row.article_id,
        });
        for article in touched.collect::<BTreeSet<i64>>() {
            let of = |map: &BTreeMap<i64, i64>| map.get(&article).copied().unwrap_or(0);
            let count = of(&likes.counts);
            let (records, open) = (of(&likes.record_counts), of(&likes.open));
            findings.require(PROPERTY, (count - records).abs() <= open, || {
                format!("article {article} has {count} likes and {records} records with {open} sagas open")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        names::{ARTICLE, USER},
        samples::*,
    };
    use likewise_world::{plan::Host, record::PropertyStatus};

    #[test]
    fn an_open_saga_explains_a_difference_of_one() {
        let run = sample(Divergence)
            .commit(Host::COORDINATOR, &[saga(1, 0, 1)])
            .commit(ARTICLE, &[count(1, 1)])
            .commit(USER, &[liked(1)])
            .commit(Host::COORDINATOR, &[saga(1, 1, 1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn a_count_without_an_open_saga_is_a_violation() {
        let run = sample(Divergence).commit(ARTICLE, &[count(1, 1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }

    /// The commit that ends the saga is the one that breaks the bound, although it changes neither count nor record.
    #[test]
    fn a_saga_that_ends_with_a_difference_is_a_violation() {
        let run = sample(Divergence)
            .commit(Host::COORDINATOR, &[saga(1, 0, 1)])
            .commit(ARTICLE, &[count(1, 1)])
            .commit(Host::COORDINATOR, &[saga(1, 3, 1)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }
}
