//! A compensation that fails is logged and forgotten.
//!
//! A compensation has no one to report to, so a handler that logs the error seems to be enough.

use crate::likes::names::ARTICLE;
use std::sync::Arc;

use likewise_saga::{
    protocol::{Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, StepReply},
    service::KitParts,
};

use super::PlantedBug;
use crate::world::plan::{Action, Fault, Host, MessageKind, MessagePoint, Operation, Plan};

pub(crate) const PLANTED_BUG: PlantedBug = PlantedBug {
    name: "swallowed-undo",
    about: "a compensation that fails is logged and forgotten: the count stays too high",
    caught_by: &["likes-equal-records", "compensated-is-none-done"],
    kit: || KitParts {
        rules: Arc::new(SwallowedUndo),
        ..KitParts::default()
    },
    plan,
};

/// The like must be compensated, and the request for the compensation is lost.
///
/// The saga ends as compensated, and the count of its like stays.
fn plan() -> Plan {
    let undo = MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::UNDO, 1);
    let mut plan = Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_fault(undo, Fault::LoseRequest);
    plan.blocked_users = vec![1];
    plan
}

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
