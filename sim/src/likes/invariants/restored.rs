//! An unlike that is undone brings the same record back: its identity, its user, its time.

use std::collections::BTreeMap;

use likewise_barrier::BarrierState;
use uuid::Uuid;

use crate::world::{
    check::{Delta, Findings, Invariant, LikeRow, ObservedState, Property},
    plan::Host,
};

pub(super) const PROPERTY: Property = Property {
    name: "undo-restores-the-record",
    about: "a record that comes back after an undone unlike is the one that was removed, with its time",
};

/// Records that were removed.
#[derive(Default)]
pub(super) struct Restored(BTreeMap<Uuid, LikeRow>);

impl Invariant for Restored {
    fn after_commit(&mut self, _: &ObservedState, deltas: &[Delta], findings: &mut Findings) {
        let mut strangers = 0;
        for delta in deltas {
            match delta {
                Delta::Unliked(row) => drop(self.0.insert(row.record_id, row.clone())),
                Delta::Liked(row) => match self.0.get(&row.record_id) {
                    Some(removed) => findings.require(PROPERTY, removed == row, || {
                        format!("a record of user {} was removed and came back as another: {removed:?}, then {row:?}", row.user_id)
                    }),
                    None => strangers += 1,
                },
                _ => {}
            }
        }
        // Only an action makes a record that was never there: not a compensation.
        let actions = deltas.iter().filter(|delta| is_action(delta)).count();
        if strangers > actions {
            findings.require(PROPERTY, false, || {
                format!("{strangers} new records were made by {actions} actions")
            });
        }
    }
}

fn is_action(delta: &Delta) -> bool {
    matches!(
        delta,
        Delta::Barrier {
            service: Host::User,
            before: None,
            after: Some(BarrierState::Done),
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{check::samples::*, record::PropertyStatus};

    fn back_as(change: crate::world::record::Change) -> PropertyStatus {
        let run = Sample::of(Restored::default())
            .commit(Host::User, &[step_new(1, 1, 0, 0), liked(1)])
            .commit(Host::User, &[step_new(2, 0, 0, 0), unliked(1)])
            .commit(Host::User, &[step_moved(2, 0, 2, 0), change]);
        run.status(PROPERTY)
    }

    #[test]
    fn the_same_record_may_come_back() {
        assert_eq!(back_as(liked(1)), PropertyStatus::Passed);
    }

    #[test]
    fn another_record_in_its_place_is_seen() {
        assert_eq!(back_as(liked(2)), PropertyStatus::Violated);
    }

    #[test]
    fn another_time_under_its_identity_is_seen() {
        let mut later = liked(1);
        let mut row: serde_json::Value = serde_json::from_str(&later.row.to_string()).unwrap();
        row["created_at"] = 987_654_321.into();
        later.row = row.to_string().parse().unwrap();
        assert_eq!(back_as(later), PropertyStatus::Violated);
    }
}
