//! Wrong variants of the saga's rules, for the model's mutants and for planted bugs.

use likewise_saga::protocol::{
    Command, Event, IllegalEvent, Op, Rules, SagaRules, SagaState, Status, StepState,
};

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

/// The rules, but for a step that was not sent from here: it is taken for dead. A zombie may have sent it.
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
