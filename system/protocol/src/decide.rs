//! The coordinator's rules as a pure function: no I/O, no clock. Production, the simulator and the property tests run this
//! code.
//!
//! ```text
//!            all done                                  (the client is answered at once, the log follows lazily)
//!  Running ────────────► Completed
//!     │ └────────────────────┐ the first step refused or sealed dead: nothing to undo
//!     │ a later step         │
//!     │ refused or dead      │
//!     ▼                      ▼
//!  Compensating ───────► Compensated
//!  logged before the first undo
//! ```
//!
//! - **Implicit commit.** A saga is committed exactly when every step's barrier row is `Done`. Therefore the client can be
//!   answered before the log has the end: after a crash the steps are sent again, and the barrier repeats its replies.
//! - **Seal before aborting.** Past its deadline a saga seals its steps in order. A seal settles permanently whether the step
//!   happened. If every step turns out `Done`, the saga completes. It is undone only once a step is certainly dead.
//! - **Seal steps that were never sent, too.** A second coordinator that does not yet know that it is fenced may have read the
//!   saga from the log and sent them.
//! - **Seal no further than the first dead step.** A later step is sent only after the one before it was done, so nobody can
//!   have sent it.
//! - **A time-out is not a reply.** The same request is sent again.
//! - **Undo only what may have happened.** A step that was never sent, was refused or is dead needs no compensation. A refusal
//!   of the first step therefore runs none.

use super::{
    state::{SagaState, Status, StepState},
    step::{Op, StepReply},
};
use likewise_barrier::StepIndex;

/// What happened to a saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The saga was started, or recovered from the log.
    Resumed,
    /// A participant replied.
    Replied {
        /// The step.
        step: StepIndex,
        /// The operation of the request.
        op: Op,
        /// The reply.
        reply: StepReply,
    },
    /// No reply arrived in time. The effect is unknown.
    NoReply {
        /// The step.
        step: StepIndex,
        /// The operation of the request.
        op: Op,
    },
    /// The saga's deadline has passed.
    DeadlinePassed,
    /// A status from [`Command::Log`] is durable.
    Logged(Status),
}

/// What the executor must do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Send a request to a participant.
    Send {
        /// The step.
        step: StepIndex,
        /// The operation of the request.
        op: Op,
    },
    /// Make a status durable before anything else. Then report [`Event::Logged`].
    Log(Status),
    /// The outcome is settled: answer the client. The log may follow later.
    Settle(Status),
}

/// An event that cannot happen in this state. It is a defect of the code and never an effect of the network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event {event} is illegal for a saga in status {status:?}")]
pub struct IllegalEvent {
    /// The event, as debug text.
    pub event: String,
    /// The status of the saga.
    pub status: Status,
}

/// The coordinator's rules as a replaceable part. Tests replace them by wrong ones, which the checks must detect.
pub trait Rules: Send + Sync {
    /// Returns the next state and the commands to execute, in order.
    ///
    /// # Errors
    /// [`IllegalEvent`]: a defect. The saga must be parked, so that a person looks at it.
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent>;
}

/// The rules of this module.
#[derive(Debug, Clone, Copy, Default)]
pub struct SagaRules;

impl Rules for SagaRules {
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
        decide(state, event)
    }
}

/// Returns the next state of a saga and the commands to execute, in order.
///
/// ```
/// use likewise_protocol::{
///     Command, Document, Event, Op, SagaState, Status, StepReply, decide::decide,
/// };
///
/// // A saga of two steps. The first is done, the second is refused.
/// let (state, commands) = decide(&SagaState::started(2), Event::Resumed)?;
/// assert_eq!(commands, [Command::Send { step: 0, op: Op::Do }]);
///
/// let reply = StepReply::Done { result: Document::default() };
/// let (state, commands) = decide(&state, Event::Replied { step: 0, op: Op::Do, reply })?;
/// assert_eq!(commands, [Command::Send { step: 1, op: Op::Do }]);
///
/// // The decision to compensate is logged before the first compensation is sent.
/// let reply = StepReply::Refused { code: "sold_out".to_owned() };
/// let (state, commands) = decide(&state, Event::Replied { step: 1, op: Op::Do, reply })?;
/// assert_eq!(commands, [Command::Log(Status::Compensating)]);
///
/// let (_, commands) = decide(&state, Event::Logged(Status::Compensating))?;
/// assert_eq!(commands, [Command::Send { step: 0, op: Op::Undo }]);
/// # Ok::<(), likewise_protocol::IllegalEvent>(())
/// ```
///
/// # Errors
/// [`IllegalEvent`] if the event cannot happen in this state.
pub fn decide(state: &SagaState, event: Event) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
    let mut state = state.clone();
    apply_event(&mut state, &event)?;
    let command = next_command(&state);
    apply_command(&mut state, &command);
    Ok((state, vec![command]))
}

/// Changes the state as the event says. It is changed in place: moving it around costs a like some 100 instructions.
#[inline]
fn apply_event(state: &mut SagaState, event: &Event) -> Result<(), IllegalEvent> {
    match event {
        Event::Resumed | Event::NoReply { .. } => {}
        Event::DeadlinePassed => state.in_doubt = true,
        Event::Logged(Status::Compensating) if state.status == Status::Running => {
            state.status = Status::Compensating;
        }
        Event::Replied { step, op, reply } => match state_after_reply(state, *step, *op, reply) {
            Some(step_state) => state.steps[*step] = step_state,
            None => return Err(illegal(state, event)),
        },
        Event::Logged(_) => return Err(illegal(state, event)),
    }
    Ok(())
}

/// Records a command in the state before it is executed: a step that is about to be sent may have an effect from now on.
fn apply_command(state: &mut SagaState, command: &Command) {
    match *command {
        Command::Send {
            step,
            op: Op::Do | Op::Seal,
        } => state.steps[step] = StepState::Unknown,
        Command::Settle(status) => state.status = status,
        Command::Send { op: Op::Undo, .. } | Command::Log(_) => {}
    }
}

/// The step's state after a reply. `None` if the reply does not belong to a request of this saga.
fn state_after_reply(
    state: &SagaState,
    step: StepIndex,
    op: Op,
    reply: &StepReply,
) -> Option<StepState> {
    let before = state.steps.get(step)?;
    if !before.may_need_undo() {
        return None;
    }
    match (op, reply) {
        (Op::Do | Op::Seal, StepReply::Done { result }) => Some(StepState::Done {
            result: result.clone(),
        }),
        (Op::Do | Op::Seal, StepReply::Refused { code }) => {
            Some(StepState::Refused { code: code.clone() })
        }
        (Op::Do | Op::Seal, StepReply::Dead) => Some(StepState::Dead),
        (Op::Undo, StepReply::Undone) => Some(StepState::Undone),
        _ => None,
    }
}

fn next_command(state: &SagaState) -> Command {
    match state.status {
        Status::Running => forward_command(state),
        Status::Compensating => backward_command(state),
        settled @ (Status::Completed | Status::Compensated) => Command::Settle(settled),
    }
}

fn forward_command(state: &SagaState) -> Command {
    if state.steps.iter().any(StepState::is_dead) {
        return match state.steps.iter().any(StepState::may_need_undo) {
            true => Command::Log(Status::Compensating),
            // The first step was refused or is dead: nothing was done, so nothing is undone.
            false => Command::Settle(Status::Compensated),
        };
    }
    let is_open = |step: &StepState| matches!(step, StepState::Unknown | StepState::Untouched);
    match state.steps.iter().position(is_open) {
        None => Command::Settle(Status::Completed),
        Some(step) if !state.in_doubt => Command::Send { step, op: Op::Do },
        Some(step) => Command::Send { step, op: Op::Seal },
    }
}

fn backward_command(state: &SagaState) -> Command {
    match state.steps.iter().rposition(StepState::may_need_undo) {
        Some(step) => Command::Send { step, op: Op::Undo },
        None => Command::Settle(Status::Compensated),
    }
}

fn illegal(state: &SagaState, event: &Event) -> IllegalEvent {
    IllegalEvent {
        event: format!("{event:?}"),
        status: state.status,
    }
}

#[cfg(test)]
mod tests;
