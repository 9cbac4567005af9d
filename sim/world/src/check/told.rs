//! A client that follows a saga is told what the log has: each change once, in order, and nothing that is not committed.
//!
//! A stream that passes on what the coordinator is about to log tells of ends that a crash takes back. One that shows the present
//! state, and not what led to it, leaves out what happened between two looks.

use std::collections::BTreeMap;

use likewise_saga::protocol::Status;
use uuid::Uuid;

use super::{Delta, Findings, Invariant, ObservedState, Property};

pub(crate) const PROPERTY: Property = Property {
    name: "streams-tell-the-log",
    about: "a client that follows a saga is told every change that the log has of it, in order, none twice, and none before it is committed",
    exercised_by: "a follower (`follows` of a plan)",
    kept_by: "the stream of a saga's events: it reads what the log has, from the place where the client was",
};

/// A logged change, as a client that follows a saga was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldChange {
    /// The saga.
    pub saga: Uuid,
    /// The id of the event, which ends with its place.
    pub id: String,
    /// The name of the event.
    pub name: String,
}

/// What the log has of each saga by place, and the last place that a client was told.
#[derive(Default)]
pub(crate) struct ToldByTheLog {
    logged: BTreeMap<Uuid, BTreeMap<u8, &'static str>>,
    told: BTreeMap<Uuid, u8>,
}

impl Invariant for ToldByTheLog {
    fn after_commit(&mut self, _: &ObservedState, deltas: &[Delta], _: &mut Findings) {
        for delta in deltas {
            let Delta::Saga {
                saga,
                before,
                after: Some(after),
                left,
                ..
            } = delta
            else {
                continue;
            };
            let logged = self.logged.entry(*saga).or_default();
            let (place, name) = logged_change(before.is_none(), left.is_some(), *after);
            logged.insert(place, name);
        }
    }

    fn told(&mut self, told: &ToldChange, _: &ObservedState, findings: &mut Findings) {
        let ToldChange { saga, id, name } = told;
        let place = id.rsplit('.').next().and_then(|place| place.parse().ok());
        let before = self.told.get(saga).copied();
        let logged = self.logged.get(saga);
        let next = logged.and_then(|logged| {
            let mut later = logged.iter().filter(|(place, _)| Some(**place) > before);
            later.next().map(|(place, name)| (*place, *name))
        });
        let is_next = next.is_some_and(|(at, is)| Some(at) == place && is == name);
        findings.require(PROPERTY, is_next, || {
            format!("a client was told {name} (place {place:?}) after place {before:?}, but the log then has {next:?}")
        });
        self.told.extend(place.map(|place| (*saga, place)));
    }
}

/// The place and the name of a change of the log.
fn logged_change(is_start: bool, leaves: bool, after: Status) -> (u8, &'static str) {
    match (after, is_start, leaves) {
        (Status::Completed, ..) => (4, "completed"),
        (Status::Compensated, ..) => (4, "compensated"),
        (_, true, _) => (0, "started"),
        (Status::Compensating, _, true) => (2, "compensating"),
        (Status::Running, _, true) => (0, "started"),
        (Status::Compensating, _, false) => (3, "parked"),
        (Status::Running, _, false) => (1, "parked"),
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

    /// The log has these changes of saga 1, and a client is told these places and names.
    fn status(changes: &[Change], told: &[(u8, &str)]) -> PropertyStatus {
        let mut run =
            sample_of(ToldByTheLog::default()).commit(Host::COORDINATOR, &[started(1, "a")]);
        for change in changes {
            run = run.commit(Host::COORDINATOR, std::slice::from_ref(change));
        }
        for (place, name) in told {
            run = run.told(1, *place, name);
        }
        run.status(PROPERTY)
    }

    #[test]
    fn what_the_log_has_may_be_told_in_its_order() {
        let undone = [left(1, 0, 2), left(1, 2, 3)];
        let all = [(0, "started"), (2, "compensating"), (4, "compensated")];
        assert_eq!(status(&undone, &all), PropertyStatus::Passed);
        assert_eq!(
            status(&undone, &all[..1]),
            PropertyStatus::Passed,
            "it left"
        );
        assert_eq!(status(&undone, &[]), PropertyStatus::NeverExercised);
    }

    #[test]
    fn a_change_that_is_missing_repeated_early_or_wrong_is_a_violation() {
        let undone = [left(1, 0, 2), left(1, 2, 3)];
        let violated = |changes: &[Change], told: &[(u8, &str)]| {
            assert_eq!(status(changes, told), PropertyStatus::Violated, "{told:?}");
        };
        violated(&undone, &[(0, "started"), (4, "compensated")]);
        violated(&undone, &[(0, "started"), (0, "started")]);
        violated(&undone, &[(2, "compensating")]);
        let wrong_end = [(0, "started"), (2, "compensating"), (4, "completed")];
        violated(&undone, &wrong_end);
        violated(&[], &[(0, "started"), (4, "completed")]);
    }
}
