//! Recovery undoes every saga it finds running: also one whose every step is done and whose
//! client was already answered.

use std::sync::Arc;

use likewise::service::Parts;
use likewise_saga::protocol::{
    Command, Event, IllegalEvent, Rules, SagaRules, SagaState, Status, StepState,
};

use super::Specimen;
use crate::plan::{Action, CommitCut, Fault, Host, Operation, Plan, Side, Trigger};

pub(super) const SPECIMEN: Specimen = Specimen {
    name: "abort-without-seal",
    about: "recovery and the deadline undo sagas without sealing their steps: an answered like disappears",
    caught_by: &["acknowledged-like-stays"],
    parts: || Parts {
        rules: Arc::new(AbortWithoutSeal),
        ..Parts::default()
    },
    plan,
};

/// The coordinator dies after it has answered, before the end of the saga is in its log.
fn plan() -> Plan {
    let mark = CommitCut {
        host: Host::Coordinator,
        what: Some("saga-log".into()),
        nth: 2,
        side: Side::Before,
    };
    let crash = Fault::Crash {
        host: Host::Coordinator,
        down_millis: 200,
    };
    // The second like keeps the users busy until the coordinator is back.
    Plan::new("")
        .with_operation(Operation::new(1, Action::Like, 1, 0))
        .with_operation(Operation::new(2, Action::Like, 1, 1_000))
        .with_fault(Trigger::Commit(mark), crash)
}

/// The rules without the seal; the model tries them too.
pub(crate) struct AbortWithoutSeal;

impl Rules for AbortWithoutSeal {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        let recovered = event == Event::Resumed && state.steps.contains(&StepState::Unknown);
        let in_doubt = recovered || event == Event::DeadlinePassed;
        if state.status == Status::Running && in_doubt {
            return Ok((state.clone(), vec![Command::Log(Status::Compensating)]));
        }
        SagaRules.decide(state, event)
    }
}
