//! Once the faults have healed, every saga ends and every count is right.

use super::{Findings, History, Invariant, Mirror, Property};

pub(super) const SAGAS_END: Property = Property {
    name: "every-saga-ends",
    about: "within a bound after the faults healed no saga is open and no lock is held",
};

pub(super) const LIKES_EQUAL_RECORDS: Property = Property {
    name: "likes-equal-records",
    about: "once everything is at rest, every article's count equals its number of records",
};

pub(super) struct Convergence;

impl Invariant for Convergence {
    fn at_rest(&mut self, mirror: &Mirror, _: &History, findings: &mut Findings) {
        let open = mirror.open_sagas();
        if !mirror.sagas.is_empty() {
            findings.require(SAGAS_END, open == 0, || {
                format!("{open} sagas are still open")
            });
        }
        for (article, likes) in &mirror.counts {
            let records = mirror.records.get(article).copied().unwrap_or(0);
            findings.require(LIKES_EQUAL_RECORDS, *likes == records, || {
                format!("article {article} has {likes} likes and {records} records")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::samples::*, *};
    use crate::{plan::Host, record::Standing};

    #[test]
    fn an_ended_saga_and_a_count_that_fits_are_fine() {
        let run = Sample::new()
            .commit(Host::Coordinator, &[saga(1, 0, 1), saga(1, 1, 1)])
            .commit(Host::Article, &[count(1, 1)])
            .commit(Host::User, &[liked(1)])
            .rest();
        assert_eq!(run.standing(SAGAS_END), Standing::Held);
        assert_eq!(run.standing(LIKES_EQUAL_RECORDS), Standing::Held);
    }

    #[test]
    fn an_open_saga_is_seen() {
        let run = Sample::new()
            .commit(Host::Coordinator, &[saga(1, 2, 1)])
            .rest();
        assert_eq!(run.standing(SAGAS_END), Standing::Violated);
    }

    #[test]
    fn a_count_without_records_is_seen() {
        let run = Sample::new().commit(Host::Article, &[count(1, 1)]).rest();
        assert_eq!(run.standing(LIKES_EQUAL_RECORDS), Standing::Violated);
    }
}
