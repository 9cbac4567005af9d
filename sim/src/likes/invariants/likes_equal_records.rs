//! At rest, every count equals the number of records of its article.
//!
//! This is the purpose of the saga: two databases agree although no transaction spans both. It holds only once the faults
//! have healed and no saga is open; `divergence.rs` bounds the difference before that.

use crate::world::check::{Findings, History, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "likes-equal-records",
    about: "once everything is at rest, every article's count equals its number of records",
};

/// Compares every article once, at rest.
pub(crate) struct LikesEqualRecords;

impl Invariant for LikesEqualRecords {
    fn at_rest(&mut self, observed: &ObservedState, _: &History, findings: &mut Findings) {
        for (article, likes) in &observed.counts {
            let records = observed.records.get(article).copied().unwrap_or(0);
            findings.require(PROPERTY, *likes == records, || {
                format!("article {article} has {likes} likes and {records} records")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::likes::names::{ARTICLE, USER};
    use crate::world::{check::samples::*, record::PropertyStatus};

    #[test]
    fn an_equal_count_passes() {
        let run = Sample::of(LikesEqualRecords)
            .commit(ARTICLE, &[count(1, 1)])
            .commit(USER, &[liked(1)])
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn a_count_without_records_is_a_violation() {
        let run = Sample::of(LikesEqualRecords)
            .commit(ARTICLE, &[count(1, 1)])
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }
}
