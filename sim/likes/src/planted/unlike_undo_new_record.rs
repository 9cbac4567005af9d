//! Planted bug: undoing an unlike creates a new record. The removed record is lost.
//!
//! The count is right afterwards. Only the identity of the record shows the error, so a check that compares counts alone
//! would not find it.

use std::sync::Arc;

use likewise::service::Parts;
use likewise_saga::{protocol::Document, store::StoreError};
use serde_json::Value;
use uuid::Uuid;

use super::other_undo::OtherUndo;
use crate::{
    Action,
    names::ARTICLE,
    operation,
    parts::{LikeParts, product},
};
use likewise_world::{
    SystemParts,
    plan::{Fault, Host, MessageKind, MessagePoint, Plan},
    planted::{Change, PlantedBug},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "unlike-undo-new-record",
    about: "undoing an unlike creates a new record instead of restoring the one that was removed",
    caught_by: &["undo-restores-the-record", "undo-beside-do-is-nothing"],
    change: Change::own(parts),
    plan,
};

/// The parts of the product, one of them replaced.
fn parts() -> Box<dyn SystemParts> {
    LikeParts::boxed(Parts {
        user: Arc::new(OtherUndo(with_new_ids)),
        ..product()
    })
}

/// An unlike removes the record. Every request to lower the count is lost, so the deadline compensates the unlike.
///
/// The user's like is then there again, under another id than the one that the client was told.
fn plan() -> Plan {
    let lower = MessagePoint {
        every: Some(1),
        ..MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 2)
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_operation(operation(1, Action::Unlike, 1, 0))
        .with_fault(lower, Fault::LoseRequest)
}

/// The same, but each restored record gets a new id.
fn with_new_ids(undo_data: &[Document]) -> Result<Vec<Document>, StoreError> {
    let renamed = undo_data.iter().map(|undo_data| {
        let mut undo_data: Value = undo_data.read()?;
        if let Some(id) = undo_data.pointer_mut("/removed/id") {
            // The complement cannot be the id of another record of the run, and it needs no randomness.
            let old: Uuid = serde_json::from_value(id.clone())?;
            *id = serde_json::to_value(Uuid::from_u128(!old.as_u128()))?;
        }
        Ok(undo_data.into())
    });
    renamed.collect()
}
