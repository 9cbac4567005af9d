//! The compensation of a step is registered only when its action has answered: without an answer, nothing is undone.
//!
//! A saga that is written by hand often works like this: `step(); compensations.push(undo)`. A step whose outcome is
//! unknown is then in no list.

use crate::likes::names::ARTICLE;
use std::sync::Arc;

use likewise_saga::{
    protocol::{Command, Event, IllegalEvent, Rules, SagaRules, SagaState, Status, StepState},
    service::KitParts,
};

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "undo-registered-late",
    about: "the compensation is noted only after the action returned: a lost acknowledgement loses it",
    caught_by: &["likes-equal-records", "compensated-is-none-done"],
    kit: || KitParts {
        rules: Arc::new(UndoRegisteredLate),
        ..KitParts::default()
    },
    plan,
};

/// The article service counts the like, but no acknowledgement ever arrives.
///
/// At the deadline the coordinator knows of no effect, so it undoes nothing. The count stays without a record.
fn plan() -> Plan {
    let every_reply = MessagePoint {
        every: Some(1),
        ..MessagePoint::reply(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1)
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(every_reply, Fault::LoseReply)
}

struct UndoRegisteredLate;

impl Rules for UndoRegisteredLate {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        let mut state = state.clone();
        if state.status == Status::Running && event == Event::DeadlinePassed {
            // A step without an answer has no registered compensation, as if it were known to be dead.
            let unanswered = |step: &&mut StepState| **step == StepState::Unknown;
            for step in state.steps.iter_mut().filter(unanswered) {
                *step = StepState::Dead;
            }
        }
        SagaRules.decide(&state, event)
    }
}
