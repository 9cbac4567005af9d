//! At rest, every count equals the number of records of its article.
//!
//! This is the purpose of the saga: two databases agree although no transaction spans both. It holds only once the faults
//! have healed and no saga is open; `divergence.rs` bounds the difference before that.

use crate::observed::LikesState;
use likewise_world::check::{Findings, History, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "likes-equal-records",
    about: "once everything is at rest, every article's count equals its number of records",
    exercised_by: "a run that comes to rest",
    kept_by: "the saga as a whole: count and record change together, or both are undone",
};

/// Compares every article once, at rest.
pub(crate) struct LikesEqualRecords;

impl Invariant for LikesEqualRecords {
    fn at_rest(&mut self, observed: &ObservedState, _: &History, findings: &mut Findings) {
        let likes: &LikesState = observed.own();
        for (article, count) in &likes.counts {
            let records = likes.record_counts.get(article).copied().unwrap_or(0);
            findings.require(PROPERTY, *count == records, || {
                format!("article {article} has {count} likes and {records} records")
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
    use likewise_world::record::PropertyStatus;

    #[test]
    fn an_equal_count_passes() {
        let run = sample(LikesEqualRecords)
            .commit(ARTICLE, &[count(1, 1)])
            .commit(USER, &[liked(1)])
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn a_count_without_records_is_a_violation() {
        let run = sample(LikesEqualRecords)
            .commit(ARTICLE, &[count(1, 1)])
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }
}
