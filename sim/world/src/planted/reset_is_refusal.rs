//! A time-out or a reset connection is treated as "it did not happen".
//!
//! This is what an HTTP client suggests, because it reports both as an error of the request. But the error says only
//! that the reply is missing.

use std::sync::Arc;

use likewise_saga::{
    protocol::{Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, StepReply},
    service::KitParts,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "reset-is-refusal",
    about: "a time-out is taken for 'it did not happen': the record was made, the count is taken back",
    change: Change::Kit(|| KitParts {
        rules: Arc::new(ResetIsRefusal),
        ..product()
    }),
};

struct ResetIsRefusal;

impl Rules for ResetIsRefusal {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        let event = match event {
            Event::NoReply { step, op: Op::Do } => Event::Replied {
                step,
                op: Op::Do,
                reply: StepReply::Refused {
                    code: "no_answer".to_owned(),
                },
            },
            event => event,
        };
        SagaRules.decide(state, event)
    }
}
