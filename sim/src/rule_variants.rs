//! Wrong variants of the saga's rules. The model searches them as mutants, and planted bugs run them in the world.

use likewise_saga::protocol::{
    Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, Status, StepState,
};

/// The rules without the seal: recovery and the deadline turn a saga back at once.
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

/// The rules without the seal of steps that this coordinator did not send: it treats them as dead. But a zombie may have
/// sent them.
pub(crate) struct UnsentIsDead;

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
