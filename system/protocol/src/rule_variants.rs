//! Wrong variants of the saga rules.
//!
//! No product uses them: they are behind the feature `rule-variants`. The model tries them as mutants and the simulator runs them as planted bugs, so that both must find the same
//! mistakes.

use crate::{Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, Status, StepState};

/// The rules without the seal: recovery and a passed deadline compensate at once.
///
/// A step may be done although its reply was lost. If all steps are done, the client may have been answered, and the
/// compensation removes an acknowledged like.
pub struct AbortWithoutSeal;

impl Rules for AbortWithoutSeal {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        let is_recovery = event == Event::Resumed && state.steps.contains(&StepState::Unknown);
        let in_doubt = is_recovery || event == Event::DeadlinePassed;
        if state.status == Status::Running && in_doubt {
            return Ok((state.clone(), vec![Command::Log(Status::Compensating)]));
        }
        SagaRules.decide(state, event)
    }
}

/// The rules, except that a step which this coordinator has not sent is taken for dead instead of being sealed.
///
/// A zombie may have sent it: a coordinator that was replaced and still runs. This was the product's rule until the model
/// found the counter-example.
pub struct UnsentIsDead;

impl Rules for UnsentIsDead {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        let (mut next, mut commands) = SagaRules.decide(state, event)?;
        if let [Command::Send { step, op: Op::Seal }] = commands[..]
            && state.steps[step] == StepState::Untouched
        {
            next.steps[step] = StepState::Untouched;
            commands = vec![Command::Log(Status::Compensating)];
        }
        Ok((next, commands))
    }
}
