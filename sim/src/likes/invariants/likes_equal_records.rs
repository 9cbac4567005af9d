//! Once the faults have healed and everything is at rest, every count equals its number of records.

use crate::world::check::{Findings, History, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "likes-equal-records",
    about: "once everything is at rest, every article's count equals its number of records",
};

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
    use crate::world::{check::samples::*, plan::Host, record::PropertyStatus};

    #[test]
    fn a_count_that_fits_is_fine() {
        let run = Sample::of(LikesEqualRecords)
            .commit(Host::Article, &[count(1, 1)])
            .commit(Host::User, &[liked(1)])
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn a_count_without_records_is_seen() {
        let run = Sample::of(LikesEqualRecords)
            .commit(Host::Article, &[count(1, 1)])
            .rest();
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }
}
