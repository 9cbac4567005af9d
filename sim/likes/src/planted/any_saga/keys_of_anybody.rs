//! How `keys-of-anybody` shows in likes.

use likewise_world::{
    plan::{Operation, Plan},
    planted::{PlantedBug, keys_of_anybody},
};

use crate::{Action, operation};

pub(crate) const PLANTED_BUG: PlantedBug =
    keys_of_anybody::BUG.shown_by(&["reuse-is-refused"], plan);

/// Two users choose the same key, one after the other. The second one is told that its key was used before.
fn plan() -> Plan {
    let with_key = |user, at_millis| Operation {
        key: Some("first-like".to_owned()),
        ..operation(user, Action::Like, 1, at_millis)
    };
    Plan::new("")
        .with_operation(with_key(1, 0))
        .with_operation(with_key(2, 1_000))
}
