//! The coordinator's rules as a pure function: no I/O, no clock. Production, the simulator and the property tests run this
//! code.
//!
//! ```text
//!            all done                                  (the client is answered at once, the log follows lazily)
//!  Running ────────────► Completed
//!     │ └────────────────────┐ a step of the first group refused or sealed dead, and nothing to undo
//!     │ another step up to   │
//!     │ the pivot refused    │
//!     ▼ or dead              ▼
//!  Compensating ───────► Compensated
//!  logged before the first undo
//! ```
//!
//! - **Implicit commit.** A saga is committed exactly when the barrier row of every step up to the pivot is `Done`, or of every
//!   step, if there is no pivot. Therefore the client can be answered before the log has the end: after a crash the steps are
//!   sent again, and the barrier repeats its replies.
//! - **A group after the other.** The steps of a group are sent at once, and the next group once all of them are done.
//! - **Seal before aborting.** Past its deadline a saga seals its steps, group by group, up to the pivot. A seal settles
//!   permanently whether the step happened. If every step turns out `Done`, the saga goes forward. It is undone only once a
//!   step is certainly dead.
//! - **Seal steps that were never sent, too.** A second coordinator that does not yet know that it is fenced may have read the
//!   saga from the log and sent them.
//! - **Seal no further than the first group with a dead step.** A later group is sent only after every step of the one before it
//!   was done, so nobody can have sent it.
//! - **An operator gives the direction, the participants decide.** An order to abort is a deadline that passes now. An order to
//!   complete waives the deadline. Neither changes a status: only replies do.
//! - **Only forward after the pivot.** A later step is sent only after everything up to the pivot was done. It is never sealed
//!   and never undone, so no deadline concerns it, and its participant must not refuse it.
//! - **A time-out is not a reply.** The same request is sent again.
//! - **Undo only what may have happened.** A step that was never sent, was refused or is dead needs no compensation. A refusal
//!   of the first step therefore runs none. Groups are undone in reverse order.

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
    /// An operator ordered to undo the saga. Like a deadline that has passed: the seals decide whether that is still possible.
    AbortOrdered,
    /// An operator ordered to complete the saga. Its deadline is waived. A step that is dead already still ends it.
    ForceOrdered,
    /// A status from [`Command::Log`] is durable.
    Logged(Status),
}

/// What the executor must do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Have this request under way: send it, or send it again, unless it waits for its reply already.
    ///
    /// The sends of one decision are all requests that may be under way after it. Replies to others are ignored.
    Send {
        /// The step.
        step: StepIndex,
        /// The operation of the request.
        op: Op,
    },
    /// Make a status durable before anything else. Then report [`Event::Logged`].
    Log(Status),
    /// A participant gave a reply that its contract forbids. Mark the saga for a person, and send the step again slowly.
    Park {
        /// The step.
        step: StepIndex,
        /// What is wrong.
        reason: ParkReason,
    },
    /// The outcome is settled: answer the client. The log may follow later.
    Settle(Status),
}

/// Why a saga is parked at a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParkReason {
    /// A step after the pivot was refused. It cannot be undone any more.
    RefusedAfterPivot,
    /// The participant says that the saga has ended long ago. It is open, so the watermark is wrong. Whether the step happened is
    /// unknown, and nothing may be concluded from the reply.
    Stale,
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
///     Command, Document, Event, Op, SagaState, Shape, Status, StepReply, decide::decide,
/// };
///
/// // A saga of two steps. The first is done, the second is refused.
/// let (state, commands) = decide(&SagaState::started(Shape::sequence(2)), Event::Resumed)?;
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
    let mut next = state.clone();
    if let Err(event) = apply_event(&mut next, event) {
        return decide_unexpected(state, event);
    }
    match next_command(&next) {
        Command::Send { step, op } if !next.shape.is_alone(step) => {
            let commands = send_group(&mut next, step, op);
            Ok((next, commands))
        }
        single => {
            apply_command(&mut next, &single);
            Ok((next, vec![single]))
        }
    }
}

/// Changes the state as the event says. Returns the event if the protocol does not provide for it.
///
/// The state is changed in place: moving it around costs a like some 100 instructions.
fn apply_event(state: &mut SagaState, event: Event) -> Result<(), Event> {
    match event {
        Event::Resumed | Event::NoReply { .. } => {}
        Event::DeadlinePassed => state.in_doubt |= !state.is_forced,
        Event::AbortOrdered => (state.in_doubt, state.is_forced) = (true, false),
        Event::ForceOrdered => (state.in_doubt, state.is_forced) = (false, true),
        Event::Logged(Status::Compensating) if state.status == Status::Running => {
            state.status = Status::Compensating;
        }
        Event::Replied { step, op, reply } => match state_after_reply(state, step, op, reply) {
            Ok(step_state) => state.steps[step] = step_state,
            Err(reply) => return Err(Event::Replied { step, op, reply }),
        },
        Event::Logged(_) => return Err(event),
    }
    Ok(())
}

/// Records a command in the state before it is executed: a step that is about to be sent may have an effect from now on.
#[inline]
fn apply_command(state: &mut SagaState, command: &Command) {
    match *command {
        Command::Send {
            step,
            op: Op::Do | Op::Seal,
        } => state.steps[step] = StepState::Unknown,
        Command::Settle(status) => state.status = status,
        Command::Send { op: Op::Undo, .. } | Command::Log(_) | Command::Park { .. } => {}
    }
}

/// The step's state after a reply. The reply itself if the protocol does not provide for it.
fn state_after_reply(
    state: &SagaState,
    step: StepIndex,
    op: Op,
    reply: StepReply,
) -> Result<StepState, StepReply> {
    if !state.is_under_way(step) {
        return Err(reply);
    }
    match (op, reply) {
        (Op::Do | Op::Seal, StepReply::Done { result }) => Ok(StepState::Done { result }),
        (Op::Do | Op::Seal, reply) if state.shape.is_after_pivot(step) => Err(reply),
        (Op::Do | Op::Seal, StepReply::Refused { code }) => Ok(StepState::Refused { code }),
        (Op::Do | Op::Seal, StepReply::Dead) => Ok(StepState::Dead),
        (Op::Undo, StepReply::Undone) => Ok(StepState::Undone),
        (_, reply) => Err(reply),
    }
}

/// The decision about an event that the protocol does not provide for. Two replies park the saga, and its step goes on as if no
/// reply had arrived. A refusal after the pivot: no compensation is possible any more. A stale request of an open saga: it is no
/// refusal, no tombstone and no success. Everything else is a defect.
#[cold]
fn decide_unexpected(
    state: &SagaState,
    event: Event,
) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
    let reason = match &event {
        Event::Replied { step, op, reply } if state.is_under_way(*step) => match (op, reply) {
            (_, StepReply::Stale) => Some(ParkReason::Stale),
            (Op::Do, StepReply::Refused { .. } | StepReply::Dead)
                if state.shape.is_after_pivot(*step) =>
            {
                Some(ParkReason::RefusedAfterPivot)
            }
            _ => None,
        },
        _ => None,
    };
    match (event, reason) {
        (Event::Replied { step, op, .. }, Some(reason)) => {
            let (state, mut commands) = decide(state, Event::NoReply { step, op })?;
            commands.insert(0, Command::Park { step, reason });
            Ok((state, commands))
        }
        (event, _) => Err(IllegalEvent {
            event: format!("{event:?}"),
            status: state.status,
        }),
    }
}

/// The next command. If it is a send, the other steps of its group may need the same.
fn next_command(state: &SagaState) -> Command {
    match state.status {
        Status::Running => forward_command(state),
        Status::Compensating => backward_command(state),
        settled @ (Status::Completed | Status::Compensated) => Command::Settle(settled),
    }
}

fn forward_command(state: &SagaState) -> Command {
    // A step after the pivot is never dead.
    if state.steps.iter().any(StepState::is_dead) {
        let mut until_pivot = state.steps_until_pivot().iter();
        return match until_pivot.any(StepState::may_need_undo) {
            true => Command::Log(Status::Compensating),
            // The first step was refused or is dead: nothing was done, so nothing is undone.
            false => Command::Settle(Status::Compensated),
        };
    }
    match state.steps.iter().position(StepState::is_open) {
        None => Command::Settle(Status::Completed),
        Some(step) if !state.in_doubt || state.shape.is_after_pivot(step) => {
            Command::Send { step, op: Op::Do }
        }
        Some(step) => Command::Send { step, op: Op::Seal },
    }
}

fn backward_command(state: &SagaState) -> Command {
    let until_pivot = state.steps_until_pivot();
    match until_pivot.iter().rposition(StepState::may_need_undo) {
        Some(step) => Command::Send { step, op: Op::Undo },
        None => Command::Settle(Status::Compensated),
    }
}

/// Sends a request for each step of the member's group that needs one. Cold, because most steps are alone.
#[cold]
fn send_group(state: &mut SagaState, member: StepIndex, op: Op) -> Vec<Command> {
    let needs_request = match op {
        Op::Undo => StepState::may_need_undo,
        Op::Do | Op::Seal => StepState::is_open,
    };
    let group = state.shape.group(member);
    let needing = group.filter(|step| needs_request(&state.steps[*step]));
    let commands: Vec<_> = needing.map(|step| Command::Send { step, op }).collect();
    commands
        .iter()
        .for_each(|command| apply_command(state, command));
    commands
}

#[cfg(test)]
mod tests;
