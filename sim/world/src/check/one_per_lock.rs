//! At most one open saga has a lock.
//!
//! The database has no unique index for it: the leader holds the locks in memory. So the rows of the log are the only proof.

use std::collections::{BTreeMap, BTreeSet};

use likewise_saga::protocol::Status;
use uuid::Uuid;

use super::{Delta, Findings, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "one-open-saga-per-lock",
    about: "of the sagas that lock the same, at most one is open",
    exercised_by: "two operations, one after the other, whose sagas lock the same",
    kept_by: "the lock key: one writer of the log lets one saga at a time hold a key",
};

/// The open sagas by what they lock. A lock that was ever held stays.
#[derive(Default)]
pub(crate) struct OnePerLock(BTreeMap<String, BTreeSet<Uuid>>);

impl Invariant for OnePerLock {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        let mut locked = BTreeSet::new();
        for delta in deltas {
            let Delta::Saga {
                saga,
                before,
                after,
                ..
            } = delta
            else {
                continue;
            };
            let row = observed.sagas.get(saga);
            let Some(key) = row.and_then(|row| row.lock_key.as_ref()) else {
                continue;
            };
            if after.is_some_and(Status::is_open) {
                let is_new = !self.0.contains_key(key);
                self.0.entry(key.clone()).or_default().insert(*saga);
                // The first saga of a key exercises nothing.
                if !is_new && !before.is_some_and(Status::is_open) {
                    locked.insert(key);
                }
            } else if let Some(open) = self.0.get_mut(key) {
                open.remove(saga);
            }
        }
        // A commit may end one saga and start the next, in any order.
        for key in locked {
            let open = self.0.get(key).map_or(0, BTreeSet::len);
            findings.require(PROPERTY, open <= 1, || {
                format!("{open} open sagas lock \"{key}\"")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::samples::*,
        plan::Host,
        record::{Change, PropertyStatus},
    };

    fn status(commits: &[&[Change]]) -> PropertyStatus {
        let sample = sample_of(OnePerLock::default());
        let run = commits.iter().fold(sample, |run, changes| {
            run.commit(Host::COORDINATOR, changes)
        });
        run.status(PROPERTY)
    }

    #[test]
    fn sagas_that_follow_each_other_are_fine_also_in_one_commit() {
        let first = [started(1, "a"), started(2, "b")];
        let next = [started(3, "a"), left(1, 0, 1)];
        assert_eq!(status(&[&first, &next]), PropertyStatus::Passed);
        assert_eq!(status(&[&first]), PropertyStatus::NeverExercised);
    }

    #[test]
    fn a_second_open_saga_under_one_lock_is_a_violation() {
        let first = [started(1, "a")];
        assert_eq!(
            status(&[&first, &[started(2, "a")]]),
            PropertyStatus::Violated
        );
        let undoing = [left(1, 0, 2)];
        let second = [started(2, "a")];
        assert_eq!(
            status(&[&first, &undoing, &second]),
            PropertyStatus::Violated
        );
        let both = [started(1, "a"), started(2, "a")];
        assert_eq!(status(&[&both]), PropertyStatus::Violated);
    }
}
