//! A user likes an article at most once.

use super::{Delta, Findings, Invariant, Mirror, Property};

pub(super) const PROPERTY: Property = Property {
    name: "one-record-per-pair",
    about: "a user has at most one like record for an article",
};

pub(super) struct OneRecordPerPair;

impl Invariant for OneRecordPerPair {
    fn after_commit(&mut self, mirror: &Mirror, deltas: &[Delta], findings: &mut Findings) {
        for delta in deltas {
            if let Delta::Liked(row) = delta {
                let records = mirror
                    .pairs
                    .get(&(row.user_id, row.article_id))
                    .copied()
                    .unwrap_or(0);
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
    use super::{super::samples::*, *};
    use crate::{plan::Host, record::Standing};

    #[test]
    fn a_record_after_the_old_one_is_gone_is_fine() {
        let run = Sample::new()
            .commit(Host::User, &[liked(1)])
            .commit(Host::User, &[unliked(1)])
            .commit(Host::User, &[liked(2)]);
        assert_eq!(run.standing(PROPERTY), Standing::Held);
    }

    #[test]
    fn a_record_beside_another_is_not() {
        let run = Sample::new().commit(Host::User, &[liked(1), liked(2)]);
        assert_eq!(run.standing(PROPERTY), Standing::Violated);
    }
}
