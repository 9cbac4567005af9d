//! Planted bug: the like record has no compensation.
//!
//! The design error is common: "if the record fails, subtract 1 from the article". It forgets that the record may have
//! been created although its reply was lost.

use crate::names::USER;
use std::sync::Arc;

use async_trait::async_trait;
use likewise::{service::Parts, user::UserEffect};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{
        Command, Document, Event, IllegalEvent, Rules, SagaRules, SagaState, Status, StepRequest,
    },
    service::KitParts,
    store::{StoreError, Tx},
};
use serde_json::Value;

use crate::parts::LikeParts;
use crate::{Action, operation};
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
            ..KitParts::default()
        },
        user: Arc::new(OrphanRecord),
        ..Parts::default()
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

/// The product's effect, but its compensation leaves created records alone. Removed records are restored.
struct OrphanRecord;

#[async_trait]
impl Effect for OrphanRecord {
    async fn act(
        &self,
        tx: &mut Tx<'_>,
        actions: &[&StepRequest],
    ) -> Result<Vec<Verdict>, StoreError> {
        UserEffect.act(tx, actions).await
    }

    async fn compensate(&self, tx: &mut Tx<'_>, undo_data: &[Document]) -> Result<(), StoreError> {
        let of_unlikes: Vec<Document> = undo_data
            .iter()
            .filter(|undo_data| {
                let stored = undo_data.read::<Value>();
                stored.is_ok_and(|stored| stored.get("made").is_none())
            })
            .cloned()
            .collect();
        UserEffect.compensate(tx, &of_unlikes).await
    }
}
