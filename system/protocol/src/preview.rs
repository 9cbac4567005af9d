//! What the rules would do next, played against the rows that the participants have stored. Nothing is sent.
//!
//! ```text
//!  first event ──► rules ──► requests ──► what the row would answer (judge) ──► rules ──► … ──► the end
//! ```
//!
//! It is an estimate for a person who is about to act. It is as of the moment at which the rows were read: a request that is
//! under way may still change a row, and the messages may repeat.

use likewise_barrier::{BarrierState, Judgement, Op, StepIndex, initial_state, judge};

use super::{
    decide::{Command, Event, IllegalEvent, Rules},
    document::Document,
    shape::STEPS_MAX,
    state::{SagaState, Status},
    step::StepReply,
    verdict::Row,
};

/// The decisions that one preview may take. A saga needs fewer: an action, a seal and a compensation for each step, and the log.
const TURNS_MAX: usize = 4 * STEPS_MAX;

/// A request that would go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PreviewMessage {
    /// The step.
    pub step: StepIndex,
    /// The operation.
    pub op: Op,
}

/// How a saga would end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PreviewEnd {
    /// Every step would be done.
    Completed,
    /// Every step up to the pivot would be undone or have no effect.
    Compensated,
    /// The rows do not tell.
    Unknown(Unforeseen),
}

/// Why an end cannot be foreseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unforeseen {
    /// The action has not run. Its participant may refuse it; the messages are those that follow if it does not.
    #[error("step {step} has not run and may be refused")]
    MayBeRefused {
        /// The first such step.
        step: StepIndex,
    },
    /// The row was not read, and the next request depends on it.
    #[error("the row of step {step} was not read")]
    Unread {
        /// The step.
        step: StepIndex,
    },
    /// The participant would give a reply that parks the saga. The request is repeated until somebody repairs the cause.
    #[error("the reply to step {step} parks the saga")]
    Parked {
        /// The step.
        step: StepIndex,
    },
    /// The rules take more decisions than any saga needs. A defect.
    #[error("the rules do not come to an end")]
    Endless,
}

impl PreviewEnd {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Compensated => "compensated",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// What the rules would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The requests, in order. Those that may be under way at once follow one another.
    pub messages: Vec<PreviewMessage>,
    /// How the saga would end.
    pub end: PreviewEnd,
}

/// Plays an event and all that follows from it. `rows` has one row per step of `state`; a missing one counts as unread.
///
/// # Errors
/// [`IllegalEvent`]: the saga cannot get this event in its state, for example because it has ended.
pub fn preview(
    rules: &dyn Rules,
    state: &SagaState,
    event: Event,
    rows: &[Row],
) -> Result<Preview, IllegalEvent> {
    let mut play = Play::new(state, rows);
    let mut event = event;
    for _ in 0..TURNS_MAX {
        let (state, commands) = rules.decide(&play.state, event)?;
        play.state = state;
        event = match play.follow(&commands) {
            Next::Event(event) => event,
            Next::End(end) => return Ok(play.ended(end)),
        };
    }
    Ok(play.ended(PreviewEnd::Unknown(Unforeseen::Endless)))
}

/// A preview that goes on.
struct Play {
    state: SagaState,
    rows: Vec<Row>,
    messages: Vec<PreviewMessage>,
    /// What was sent and is not answered, in order.
    under_way: Vec<PreviewMessage>,
    /// The steps whose reply has parked the saga. They are not asked again.
    parked: Vec<StepIndex>,
    /// The first action that has not run, of those up to the pivot.
    may_be_refused: Option<StepIndex>,
}

/// What follows from a decision.
enum Next {
    Event(Event),
    End(PreviewEnd),
}

impl Play {
    fn new(state: &SagaState, rows: &[Row]) -> Self {
        let row = |step| rows.get(step).copied().unwrap_or(Row::Unread);
        Self {
            state: state.clone(),
            rows: (0..state.steps.len()).map(row).collect(),
            messages: Vec::new(),
            under_way: Vec::new(),
            parked: Vec::new(),
            may_be_refused: None,
        }
    }

    /// Carries out the commands of a decision.
    fn follow(&mut self, commands: &[Command]) -> Next {
        let before = std::mem::take(&mut self.under_way);
        for command in commands {
            match *command {
                Command::Log(status) => return Next::Event(Event::Logged(status)),
                Command::Settle(Status::Completed) => return Next::End(PreviewEnd::Completed),
                Command::Settle(_) => return Next::End(PreviewEnd::Compensated),
                Command::Park { step, .. } => self.parked.push(step),
                Command::Send { step, op } => {
                    let message = PreviewMessage { step, op };
                    // A request that parks the saga is sent again and again.
                    if !before.contains(&message) && !self.messages.contains(&message) {
                        self.messages.push(message);
                    }
                    self.under_way.push(message);
                }
            }
        }
        self.answer()
    }

    /// Answers the first request that can be answered. In which order those of a group are answered changes nothing: one dead
    /// step turns the saga back, whatever the others are. So a row that was not read matters only if nothing else is left.
    fn answer(&mut self) -> Next {
        let can_answer = |message: &&PreviewMessage| {
            !self.parked.contains(&message.step)
                && (message.op == Op::Undo || self.rows[message.step] != Row::Unread)
        };
        match self.under_way.iter().find(can_answer).copied() {
            Some(message) => Next::Event(self.reply(message)),
            None => Next::End(PreviewEnd::Unknown(self.unanswered())),
        }
    }

    /// Why no request under way can be answered.
    fn unanswered(&self) -> Unforeseen {
        match (self.parked.first(), self.under_way.first()) {
            (Some(&step), _) => Unforeseen::Parked { step },
            (None, Some(&PreviewMessage { step, .. })) => Unforeseen::Unread { step },
            (None, None) => Unforeseen::Endless,
        }
    }

    /// What the participant replies, and what that leaves in its row.
    fn reply(&mut self, message: PreviewMessage) -> Event {
        let PreviewMessage { step, op } = message;
        let reply = match self.rows[step] {
            Row::Stale(_) => StepReply::Stale,
            // Only an undo is answered without the row: its reply is always the same.
            Row::Unread => StepReply::Undone,
            Row::Absent => self.judged(step, op, None),
            Row::Stored(state) => self.judged(step, op, Some(state)),
        };
        Event::Replied { step, op, reply }
    }

    fn judged(&mut self, step: StepIndex, op: Op, stored: Option<BarrierState>) -> StepReply {
        let done = || StepReply::Done {
            result: Document::default(),
        };
        let judgement = judge(stored, op);
        self.rows[step] = Row::Stored(match judgement {
            Judgement::Compensate => BarrierState::Undone,
            _ => stored.unwrap_or_else(|| initial_state(op)),
        });
        match (judgement, stored) {
            (Judgement::Act, _) => {
                // After the pivot no step may refuse.
                if !self.state.shape.is_after_pivot(step) {
                    self.may_be_refused.get_or_insert(step);
                }
                done()
            }
            (Judgement::Compensate | Judgement::AnswerUndone, _) => StepReply::Undone,
            (Judgement::AnswerDead, _) => StepReply::Dead,
            (Judgement::AnswerStored, Some(BarrierState::Refused)) => StepReply::Refused {
                code: String::new(),
            },
            (Judgement::AnswerStored, _) => done(),
        }
    }

    /// A saga that turns back does so whatever an action that has not run would have answered.
    fn ended(self, end: PreviewEnd) -> Preview {
        let end = match (end, self.may_be_refused) {
            (PreviewEnd::Completed, Some(step)) => {
                PreviewEnd::Unknown(Unforeseen::MayBeRefused { step })
            }
            (end, _) => end,
        };
        Preview {
            messages: self.messages,
            end,
        }
    }
}

#[cfg(test)]
mod tests;
