//! A compensation that fails is logged and forgotten.
//!
//! A compensation has no one to report to, so a handler that logs the error seems to be enough.

use std::sync::Arc;

use likewise_saga::{
    protocol::{Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, StepReply},
    service::KitParts,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "swallowed-undo",
    about: "a compensation that fails is logged and forgotten: the count stays too high",
    change: Change::Kit(|| KitParts {
        rules: Arc::new(SwallowedUndo),
        ..product()
    }),
};

struct SwallowedUndo;

impl Rules for SwallowedUndo {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        let event = match event {
            Event::NoReply { step, op: Op::Undo } => Event::Replied {
                step,
                op: Op::Undo,
                reply: StepReply::Undone,
            },
            event => event,
        };
        SagaRules.decide(state, event)
    }
}
