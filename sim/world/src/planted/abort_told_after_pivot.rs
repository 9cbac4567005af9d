//! An abort whose seals find every step up to the pivot done is told as a success: the saga is *compensated*, and nothing was undone.
//!
//! Whoever aborts wants to hear that it is aborted, and no step is left to seal. But a saga is committed as soon as its steps up to the
//! pivot are done, whatever anybody has ordered since.

use std::sync::Arc;

use likewise_saga::{
    protocol::{Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, Status, StepState},
    service::KitParts,
};

use super::{Change, KitBug, product};

/// The bug.
pub const BUG: KitBug = KitBug {
    name: "abort-told-after-pivot",
    about: "an abort is told as a success although its seals found every step up to the pivot done: the saga was committed",
    change: Change::Kit(|| KitParts {
        rules: Arc::new(AbortToldAfterPivot),
        ..product()
    }),
};

struct AbortToldAfterPivot;

impl Rules for AbortToldAfterPivot {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        let is_sealed = matches!(event, Event::Replied { op: Op::Seal, .. });
        let (mut next, commands) = SagaRules.decide(state, event)?;
        let mut until_pivot = next.steps[next.shape.until_pivot()].iter();
        let is_committed = until_pivot.all(|step| matches!(step, StepState::Done { .. }));
        if is_sealed && is_committed {
            next.status = Status::Compensated;
            return Ok((next, vec![Command::Settle(Status::Compensated)]));
        }
        Ok((next, commands))
    }
}
