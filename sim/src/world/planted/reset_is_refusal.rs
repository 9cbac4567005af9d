//! A time-out or a reset connection is treated as "it did not happen".
//!
//! This is what an HTTP client suggests, because it reports both as an error of the request. But the error says only
//! that the reply is missing.

use crate::likes::names::USER;
use std::sync::Arc;

use likewise_saga::{
    protocol::{Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, StepReply},
    service::KitParts,
};

use super::PlantedBug;
use crate::world::plan::{
    Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan, Side, Trigger,
};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "reset-is-refusal",
    about: "a time-out is taken for 'it did not happen': the record was made, the count is taken back",
    caught_by: &["likes-equal-records", "compensated-is-none-done"],
    kit: || KitParts {
        rules: Arc::new(ResetIsRefusal),
        ..KitParts::default()
    },
    plan,
};

/// The record is made, but its reply is lost.
///
/// The coordinator takes the missing reply for a refusal and undoes the count. The record stays.
fn plan() -> Plan {
    let record = MessagePoint {
        from: Host::COORDINATOR,
        to: USER,
        what: Some(MessageKind::DO),
        saga: None,
        nth: 1,
        every: None,
        side: Side::After,
    };
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(Trigger::Message(record), Fault::LoseReply)
}

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
