//! The identities of sagas rise from one leader to the next, whatever their clocks say.
//!
//! A watermark relies on it: every saga below it has ended, and none will ever start there.

use likewise_saga::protocol::Status;
use uuid::Uuid;

use super::{Delta, Findings, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "identities-rise",
    about: "a saga has a higher identity than every saga that an earlier leader started",
    exercised_by: "an operation after a coordinator has taken the saga log over: `crash`, `restart` or several coordinators",
    kept_by: "the floor of identities: a new leader starts above the newest identity in the log",
};

#[derive(Default)]
pub(crate) struct RisingIds {
    /// The epoch under which the last saga started, and the highest identity of the epochs before it.
    epoch: i64,
    before: Option<Uuid>,
    /// The highest identity so far.
    newest: Option<Uuid>,
}

impl Invariant for RisingIds {
    fn after_commit(&mut self, _: &ObservedState, deltas: &[Delta], findings: &mut Findings) {
        for delta in deltas {
            let Delta::Saga {
                saga,
                before: None,
                after,
                epochs: (_, epoch),
                ..
            } = delta
            else {
                continue;
            };
            if *epoch > self.epoch {
                self.epoch = *epoch;
                self.before = self.newest;
            }
            // Appends of one leader may be committed in another order than its identities were made in.
            if let Some(before) = self.before
                && after.is_some_and(Status::is_open)
            {
                findings.require(PROPERTY, *saga > before, || {
                    format!("saga {saga} started under epoch {epoch}, but an earlier leader started {before}")
                });
            }
            self.newest = self.newest.max(Some(*saga));
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

    fn status(sagas: &[Change]) -> PropertyStatus {
        let sample = sample_of(RisingIds::default());
        let run = sagas
            .chunks(1)
            .fold(sample, |run, saga| run.commit(Host::COORDINATOR, saga));
        run.status(PROPERTY)
    }

    #[test]
    fn identities_that_rise_with_the_epochs_are_fine() {
        let of_one = [saga(2, 0, 1), saga(1, 0, 1)];
        assert_eq!(status(&of_one), PropertyStatus::NeverExercised);
        let of_two = [saga(2, 0, 1), saga(1, 0, 1), saga(3, 0, 2)];
        assert_eq!(status(&of_two), PropertyStatus::Passed);
    }

    #[test]
    fn an_identity_below_one_of_an_earlier_leader_is_a_violation() {
        let fallen = [saga(2, 0, 1), saga(1, 0, 2)];
        assert_eq!(status(&fallen), PropertyStatus::Violated);
        let later = [saga(3, 0, 1), saga(4, 0, 2), saga(2, 0, 2)];
        assert_eq!(status(&later), PropertyStatus::Violated);
    }
}
