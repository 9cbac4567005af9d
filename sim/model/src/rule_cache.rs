//! The product's rules, translated to the small types of the model, with a cache.
//!
//! Results and refusal codes are left out, because the rules never look at them. Decisions are cached, because a search
//! evaluates the same few hundred inputs millions of times.

use std::{cell::RefCell, collections::HashMap};

use likewise_protocol::{
    Command, Document, Event, Op, Rules, SagaState, Shape, Status, StepReply, StepState,
};

use super::state::{Known, Reply, Todo, View};

/// The steps of a like or an unlike.
const SHAPE: Shape = Shape::sequence(2);

/// An input to the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// The saga was just started or resumed.
    Resumed,
    /// The deadline has passed, or an operator ordered to undo the saga.
    DeadlinePassed,
    /// An operator ordered to complete the saga.
    ForceOrdered,
    /// This status is durable.
    Logged(Status),
    /// A service replied.
    Answered {
        /// The step.
        step: u8,
        /// The operation that it answers.
        op: Op,
        /// The reply.
        reply: Reply,
    },
}

/// A decision of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What the task knows from now on.
    pub view: View,
    /// What the task does next.
    pub todo: Todo,
    /// Whether the client is answered before that.
    pub is_answered: bool,
}

/// The rules with a cache of their decisions. The map is only looked up, so its random order has no effect.
pub struct RuleCache<'r> {
    rules: &'r dyn Rules,
    decisions: RefCell<HashMap<(View, Input), Option<Decision>>>,
}

impl<'r> RuleCache<'r> {
    /// An empty cache in front of these rules.
    pub fn new(rules: &'r dyn Rules) -> Self {
        Self {
            rules,
            decisions: RefCell::default(),
        }
    }

    /// The decision about an input. `None` if the rules reject it as impossible.
    pub fn decide(&self, view: View, input: Input) -> Option<Decision> {
        if let Some(decision) = self.decisions.borrow().get(&(view, input)) {
            return *decision;
        }
        let decision = self.evaluate(view, input);
        let mut decisions = self.decisions.borrow_mut();
        decisions.insert((view, input), decision);
        decision
    }

    /// Evaluates the product's rules.
    fn evaluate(&self, view: View, input: Input) -> Option<Decision> {
        let (state, commands) = self.rules.decide(&state_of(view), event_of(input)).ok()?;
        // The product's driver would perform several commands in order. The rules never give more than one, and the model
        // relies on that.
        let [command] = commands.as_slice() else {
            return None;
        };
        let (todo, is_answered) = match *command {
            Command::Send { step, op } => {
                let step = u8::try_from(step).ok()?;
                (Todo::Await { step, op }, false)
            }
            Command::Log(status) => (Todo::Log(status), false),
            Command::Settle(status) => (Todo::Log(status), true),
            // These sagas have no pivot.
            Command::Park { .. } => return None,
        };
        Some(Decision {
            view: view_of(&state)?,
            todo,
            is_answered,
        })
    }
}

/// What a task knows about a saga that it has just started.
pub fn started() -> Option<View> {
    view_of(&SagaState::started(SHAPE))
}

/// What a task knows about a saga that it has read from the log.
pub fn recovered(status: Status) -> Option<View> {
    view_of(&SagaState::recovered(status, SHAPE))
}

/// A forced saga has a deadline in the model, too. So the model can do all that a forced saga can, and more.
fn state_of(view: View) -> SagaState {
    SagaState {
        status: view.status,
        in_doubt: view.in_doubt,
        is_forced: false,
        shape: SHAPE,
        steps: view.steps.iter().map(|known| step_of(*known)).collect(),
    }
}

fn view_of(state: &SagaState) -> Option<View> {
    let [first, second] = state.steps.as_slice() else {
        return None;
    };
    Some(View {
        status: state.status,
        in_doubt: state.in_doubt,
        steps: [known_of(first), known_of(second)],
    })
}

pub(super) fn step_of(known: Known) -> StepState {
    match known {
        Known::Untouched => StepState::Untouched,
        Known::Unknown => StepState::Unknown,
        Known::Done => StepState::Done {
            result: Document::default(),
        },
        Known::Refused => StepState::Refused {
            code: String::new(),
        },
        Known::Dead => StepState::Dead,
        Known::Undone => StepState::Undone,
    }
}

pub(super) fn known_of(step: &StepState) -> Known {
    match step {
        StepState::Untouched => Known::Untouched,
        StepState::Unknown => Known::Unknown,
        StepState::Done { .. } => Known::Done,
        StepState::Refused { .. } => Known::Refused,
        StepState::Dead => Known::Dead,
        StepState::Undone => Known::Undone,
    }
}

pub(super) fn event_of(input: Input) -> Event {
    match input {
        Input::Resumed => Event::Resumed,
        Input::DeadlinePassed => Event::DeadlinePassed,
        Input::ForceOrdered => Event::ForceOrdered,
        Input::Logged(status) => Event::Logged(status),
        Input::Answered { step, op, reply } => Event::Replied {
            step: usize::from(step),
            op,
            reply: reply_of(reply),
        },
    }
}

fn reply_of(reply: Reply) -> StepReply {
    match reply {
        Reply::Done => StepReply::Done {
            result: Document::default(),
        },
        Reply::Refused => StepReply::Refused {
            code: String::new(),
        },
        Reply::Dead => StepReply::Dead,
        Reply::Undone => StepReply::Undone,
    }
}
