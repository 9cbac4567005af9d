//! Undoing an unlike restores the same record: its id, its user and its time.
//!
//! A compensation must undo semantically. A new record would make the count right but would lose when the user liked the
//! article.

use std::collections::BTreeMap;

use likewise_barrier::BarrierState;
use uuid::Uuid;

use crate::{
    names::USER,
    observed::{LikeRow, LikesChange, LikesState},
};
use likewise_world::check::{Delta, Findings, Invariant, ObservedState, Property};

pub(super) const PROPERTY: Property = Property {
    name: "undo-restores-the-record",
    about: "a record that is restored by an undone unlike is the one that was removed, with its time",
    exercised_by: "an unlike that is undone: the article service does not answer until the deadline",
    kept_by: "the undo data: an unlike keeps the whole record that it removes",
};

/// The records that were removed, by id.
#[derive(Default)]
pub(super) struct Restored(BTreeMap<Uuid, LikeRow>);

impl Invariant for Restored {
    fn after_commit(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        let mut new_records = 0;
        for change in observed.own::<LikesState>().changes() {
            match change {
                LikesChange::Unliked(row) => drop(self.0.insert(row.record_id, *row)),
                LikesChange::Liked(row) => match self.0.get(&row.record_id) {
                    Some(removed) => findings.require(PROPERTY, removed == row, || {
                        format!("a record of user {} was removed and restored differently: {removed:?}, then {row:?}", row.user_id)
                    }),
                    None => new_records += 1,
                },
                _ => {}
            }
        }
        // A record with a new id must come from an action. A compensation may only restore a removed one.
        let actions = deltas.iter().filter(|delta| is_action(delta)).count();
        if new_records > actions {
            findings.require(PROPERTY, false, || {
                format!("{new_records} new records were created by {actions} actions")
            });
        }
    }
}

/// Whether a commit inserts the barrier row of an action that was done at the user service.
fn is_action(delta: &Delta) -> bool {
    matches!(
        delta,
        Delta::Barrier {
            service: USER,
            before: None,
            after: Some(BarrierState::Done),
            ..
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::*;
    use likewise_world::record::PropertyStatus;

    fn restored_as(change: likewise_world::record::Change) -> PropertyStatus {
        let run = sample(Restored::default())
            .commit(USER, &[step_new(1, 1, 0, 0), liked(1)])
            .commit(USER, &[step_new(2, 0, 0, 0), unliked(1)])
            .commit(USER, &[step_moved(2, 0, 2, 0), change]);
        run.status(PROPERTY)
    }

    #[test]
    fn restoring_the_same_record_passes() {
        assert_eq!(restored_as(liked(1)), PropertyStatus::Passed);
    }

    #[test]
    fn restoring_another_record_is_a_violation() {
        assert_eq!(restored_as(liked(2)), PropertyStatus::Violated);
    }

    /// The id alone is not the record: users see when they liked an article.
    #[test]
    fn restoring_the_id_with_another_time_is_a_violation() {
        let mut later = liked(1);
        let mut row: serde_json::Value = serde_json::from_str(&later.row.to_string()).unwrap();
        row["created_at"] = 987_654_321.into();
        later.row = row.to_string().parse().unwrap();
        assert_eq!(restored_as(later), PropertyStatus::Violated);
    }
}
