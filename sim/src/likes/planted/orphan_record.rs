//! The like record has no compensation: "if the record fails, article −1" is all there is. It may
//! have been made all the same.

use std::sync::Arc;

use async_trait::async_trait;
use likewise::{service::Parts, user::UserEffect};
use likewise_saga::{
    participant::{Effect, Verdict},
    protocol::{
        Command, Document, Event, IllegalEvent, Rules, SagaRules, SagaState, Status, StepRequest,
    },
    store::{StoreError, Tx},
};
use serde_json::Value;

use crate::world::{
    plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan},
    planted::PlantedBug,
};

pub(super) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "orphan-record",
    about: "the record was committed, its reply was lost, and nothing ever deletes it",
    caught_by: &["likes-equal-records", "divergence-is-bounded"],
    parts: || Parts {
        rules: Arc::new(UndoAtTheDeadline),
        user: Arc::new(OrphanRecord),
        ..Parts::default()
    },
    plan,
};

/// The record is made, but no reply ever says so.
fn plan() -> Plan {
    let every_reply = MessagePoint {
        every: Some(1),
        ..MessagePoint::reply(Host::Coordinator, Host::User, MessageKind::Do, 1)
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(every_reply, Fault::LoseReply)
}

/// Undoes instead of sealing. Before anybody was answered that is no mistake by itself.
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
        let removed: Vec<Document> = undo_data
            .iter()
            .filter(|undo_data| {
                let noted = undo_data.read::<Value>();
                noted.is_ok_and(|noted| noted.get("made").is_none())
            })
            .cloned()
            .collect();
        UserEffect.compensate(tx, &removed).await
    }
}
