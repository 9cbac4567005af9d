//! The saga's rules, as a pure function: no I/O, no clock. Production, simulation and property
//! tests run this very code.
//!
//! ```text
//!            all done                                  (answered at once, logged lazily)
//!  Running ────────────► Completed
//!     │ refused, or sealed dead
//!     ▼   logged before the first undo
//!  Compensating ───────► Compensated
//! ```
//!
//! - **Implicit commit.** A saga is committed exactly when every step's barrier row is `Done`.
//! - **Seal before aborting.** In doubt, each step is sealed in order, also one that was not sent
//!   from here: a zombie may have taken the saga up and sent it. If every one turns out `Done`, the
//!   saga goes forward; it is undone only once a step is certainly dead.
//! - A time-out is no answer: the same request is sent again.

use serde::{Deserialize, Serialize};

use super::{
    document::{self, Document},
    step::{Op, StepReply},
};
use crate::id::StepIndex;

/// Where a saga stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Going forward, or in doubt.
    Running,
    /// Every step is done.
    Completed,
    /// Decided to be undone.
    Compensating,
    /// Nothing of it is left.
    Compensated,
}

impl Status {
    /// Whether there is work left.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Compensating)
    }
}

/// What the coordinator knows of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// Never sent by this coordinator.
    Untouched,
    /// May have been sent; nothing is known of its effect.
    Unknown,
    /// The action's effect is durable.
    Done {
        /// What it returned.
        #[serde(deserialize_with = "document::buffered")]
        result: Document,
    },
    /// A business rule said no, for ever.
    Refused {
        /// Which rule.
        code: String,
    },
    /// Tombstoned: it never ran and never will.
    Dead,
    /// Taken back.
    Undone,
}

impl StepState {
    fn is_dead(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Dead | Self::Undone)
    }

    fn may_need_undo(&self) -> bool {
        matches!(self, Self::Unknown | Self::Done { .. })
    }
}

/// What the coordinator knows of one saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaState {
    /// As logged.
    pub status: Status,
    /// Whether the deadline has passed: actions are no longer sent, seals are.
    pub in_doubt: bool,
    /// In the definition's order.
    pub steps: Vec<StepState>,
}

impl SagaState {
    /// A saga whose row has just been committed: nothing was sent yet.
    #[must_use]
    pub fn started(steps: usize) -> Self {
        Self {
            status: Status::Running,
            in_doubt: false,
            steps: vec![StepState::Untouched; steps],
        }
    }

    /// A saga read back from the log: anything may have been sent.
    #[must_use]
    pub fn recovered(status: Status, steps: usize) -> Self {
        Self {
            status,
            in_doubt: false,
            steps: vec![StepState::Unknown; steps],
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The saga was just started, or taken up again.
    Resumed,
    /// A service answered.
    Answered {
        /// The step.
        step: StepIndex,
        /// What had been asked.
        op: Op,
        /// The answer.
        reply: StepReply,
    },
    /// No answer came in time: the effect is unknown.
    Unanswered {
        /// The step.
        step: StepIndex,
        /// What had been asked.
        op: Op,
    },
    /// The saga's deadline has passed.
    DeadlinePassed,
    /// A status that was commanded to be logged is durable.
    Logged(Status),
}

/// What is to be done about it, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// LikeRequest a service.
    Send {
        /// The step.
        step: StepIndex,
        /// What to ask.
        op: Op,
    },
    /// Make a status durable before anything else; then report [`Event::Logged`].
    Log(Status),
    /// The outcome is settled: answer whoever waits. The log may follow lazily.
    Settle(Status),
}

/// An event that cannot happen in this state: a defect, never a fault of the network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event} cannot happen to a saga that is {status:?}")]
pub struct IllegalEvent {
    /// What happened.
    pub event: String,
    /// To a saga in this status.
    pub status: Status,
}

/// The saga's rules, as something that can be replaced.
pub trait Rules: Send + Sync {
    /// The next state and what to do.
    ///
    /// # Errors
    /// [`IllegalEvent`]: a defect; the saga must be parked for a person to look at.
    fn decide(
        &self,
        state: &SagaState,
        event: Event,
    ) -> Result<(SagaState, Vec<Command>), IllegalEvent>;
}

/// The rules of this page.
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

/// The saga's rules. No I/O, no clock.
///
/// # Errors
/// [`IllegalEvent`] if the event cannot happen in this state.
pub fn decide(state: &SagaState, event: Event) -> Result<(SagaState, Vec<Command>), IllegalEvent> {
    let mut state = state.clone();
    match event {
        Event::Resumed | Event::Unanswered { .. } => {}
        Event::DeadlinePassed => state.in_doubt = true,
        Event::Logged(Status::Compensating) if state.status == Status::Running => {
            state.status = Status::Compensating;
        }
        Event::Answered {
            step,
            op,
            ref reply,
        } => match learn(&state, step, op, reply) {
            Some(learnt) => state.steps[step] = learnt,
            None => return Err(illegal(&state, &event)),
        },
        Event::Logged(_) => return Err(illegal(&state, &event)),
    }
    let command = next(&state);
    if let Command::Send {
        step,
        op: Op::Do | Op::Seal,
    } = command
    {
        state.steps[step] = StepState::Unknown;
    }
    if let Command::Settle(status) = command {
        state.status = status;
    }
    Ok((state, vec![command]))
}

/// What an answer says of its step; nothing, if it cannot be an answer to that question.
fn learn(state: &SagaState, step: StepIndex, op: Op, reply: &StepReply) -> Option<StepState> {
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

fn next(state: &SagaState) -> Command {
    match state.status {
        Status::Running => forward(state),
        Status::Compensating => backward(state),
        settled @ (Status::Completed | Status::Compensated) => Command::Settle(settled),
    }
}

fn forward(state: &SagaState) -> Command {
    if state.steps.iter().any(StepState::is_dead) {
        return match state.steps.iter().any(StepState::may_need_undo) {
            true => Command::Log(Status::Compensating),
            // Refused at the first step: nothing was done, so nothing is undone.
            false => Command::Settle(Status::Compensated),
        };
    }
    let open = |step: &StepState| matches!(step, StepState::Unknown | StepState::Untouched);
    match state.steps.iter().position(open) {
        None => Command::Settle(Status::Completed),
        Some(step) if !state.in_doubt => Command::Send { step, op: Op::Do },
        Some(step) => Command::Send { step, op: Op::Seal },
    }
}

fn backward(state: &SagaState) -> Command {
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
