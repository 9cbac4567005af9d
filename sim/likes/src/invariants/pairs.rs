//! A user has at most one like record for an article.

use crate::observed::{LikesChange, LikesState};
use likewise_world::check::{Delta, Findings, Invariant, ObservedState, Property};

pub(super) const PROPERTY: Property = Property {
    name: "one-record-per-pair",
    about: "a user has at most one like record for an article",
    exercised_by: "a like that makes a record",
    kept_by: "the unique index on user and article",
};

/// Counts the records of a pair after each commit that adds one.
pub(super) struct OneRecordPerPair;

impl Invariant for OneRecordPerPair {
    fn after_commit(&mut self, observed: &ObservedState, _: &[Delta], findings: &mut Findings) {
        let likes: &LikesState = observed.own();
        for change in likes.changes() {
            if let LikesChange::Liked(row) = change {
                let records = likes.pairs.get(&(row.user_id, row.article_id));
                let records = records.copied().unwrap_or(0);
                findings.require(PROPERTY, records <= 1, || {
                    format!(
                        "user {} has {records} records for article {}",
                        row.user_id, row.article_id
                    )
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{names::USER, samples::*};
    use likewise_world::record::PropertyStatus;

    #[test]
    fn a_new_record_after_the_old_one_was_removed_passes() {
        let run = sample(OneRecordPerPair)
            .commit(USER, &[liked(1)])
            .commit(USER, &[unliked(1)])
            .commit(USER, &[liked(2)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Passed);
    }

    #[test]
    fn two_records_of_one_pair_are_a_violation() {
        let run = sample(OneRecordPerPair).commit(USER, &[liked(1), liked(2)]);
        assert_eq!(run.status(PROPERTY), PropertyStatus::Violated);
    }
}
