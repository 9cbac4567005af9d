//! Planted bug: the like record has no compensation.
//!
//! The design error is common: "if the record fails, subtract 1 from the article". It forgets that the record may have
//! been created although its reply was lost.

use std::sync::Arc;

use likewise::service::Parts;
use likewise_saga::{
    protocol::{Command, Document, Event, IllegalEvent, Rules, SagaRules, SagaState, Status},
    service::KitParts,
    store::StoreError,
};
use serde_json::Value;

use super::other_undo::OtherUndo;
use crate::{
    Action,
    names::USER,
    operation,
    parts::{LikeParts, product},
};
use likewise_world::{
    SystemParts,
    plan::{Fault, Host, MessageKind, MessagePoint, Plan},
    planted::{Change, PlantedBug},
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "orphan-record",
    about: "the record was committed, its reply was lost, and nothing ever deletes it",
    caught_by: &["likes-equal-records", "divergence-is-bounded"],
    change: Change::own(parts),
    plan,
};

/// The parts of the product, one of them replaced.
fn parts() -> Box<dyn SystemParts> {
    LikeParts::boxed(Parts {
        kit: KitParts {
            rules: Arc::new(UndoAtTheDeadline),
            ..product().kit
        },
        user: Arc::new(OtherUndo(of_unlikes)),
        ..product()
    })
}

/// The record is created, but every reply about it is lost.
///
/// At the deadline both steps are compensated. The count goes down, and the record stays.
fn plan() -> Plan {
    let every_reply = MessagePoint {
        every: Some(1),
        ..MessagePoint::reply(Host::COORDINATOR, USER, MessageKind::DO, 1)
    };
    Plan::new("")
        .with_operation(operation(1, Action::Like, 1, 0))
        .with_fault(every_reply, Fault::LoseReply)
}

/// Compensates at the deadline without sealing the steps first.
///
/// With the seal, the saga would learn that the record exists and would complete: the missing compensation would never
/// run. No client has been answered before the deadline, so this rule alone violates nothing.
struct UndoAtTheDeadline;

impl Rules for UndoAtTheDeadline {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        if state.status == Status::Running && event == Event::DeadlinePassed {
            return Ok((state.clone(), vec![Command::Log(Status::Compensating)]));
        }
        SagaRules.decide(state, event)
    }
}

/// Without the created records, which the compensation then leaves alone. Removed records are restored.
fn of_unlikes(undo_data: &[Document]) -> Result<Vec<Document>, StoreError> {
    let is_of_unlike = |undo_data: &&Document| {
        let stored = undo_data.read::<Value>();
        stored.is_ok_and(|stored| stored.get("made").is_none())
    };
    Ok(undo_data.iter().filter(is_of_unlike).cloned().collect())
}
