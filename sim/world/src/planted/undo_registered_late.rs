//! The compensation of a step is registered only when its action has answered: without an answer, nothing is undone.
//!
//! A saga that is written by hand often works like this: `step(); compensations.push(undo)`. A step whose outcome is
//! unknown is then in no list.

use std::sync::Arc;

use likewise_saga::{
    protocol::{Command, Event, IllegalEvent, Rules, SagaRules, SagaState, Status, StepState},
    service::KitParts,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "undo-registered-late",
    about: "the compensation is noted only after the action returned: a lost acknowledgement loses it",
    change: Change::Kit(|| KitParts {
        rules: Arc::new(UndoRegisteredLate),
        ..product()
    }),
};

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
