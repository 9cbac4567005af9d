//! The product's own rules, asked in the model's small words.
//!
//! Results and codes are left out: the rules never look at them. Answers are remembered, because a search asks the same
//! few hundred questions millions of times.

use std::{cell::RefCell, collections::HashMap};

use likewise_saga::protocol::{
    Command, Document, Event, Op, Rules, SagaState, Status, StepReply, StepState,
};

use super::state::{Known, Reply, Todo, View};

/// What a task is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Input {
    /// The saga was just started, or taken up again.
    Resumed,
    /// The deadline has passed.
    DeadlinePassed,
    /// This status is durable.
    Logged(Status),
    /// A service answered.
    Answered {
        /// The step.
        step: u8,
        /// What had been asked.
        op: Op,
        /// The answer.
        reply: Reply,
    },
}

/// What the rules say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What is believed from now on.
    pub view: View,
    /// What is done next.
    pub todo: Todo,
    /// Whether whoever waits is answered first.
    pub is_answered: bool,
}

/// The rules, and what they said so far. Only looked up, so its order is never seen.
pub struct RuleCache<'r> {
    rules: &'r dyn Rules,
    said: RefCell<HashMap<(View, Input), Option<Decision>>>,
}

impl<'r> RuleCache<'r> {
    /// These rules.
    pub fn new(rules: &'r dyn Rules) -> Self {
        Self {
            rules,
            said: RefCell::default(),
        }
    }

    /// What to do about input. Nothing, if the rules say that it cannot happen.
    pub fn decide(&self, view: View, input: Input) -> Option<Decision> {
        if let Some(said) = self.said.borrow().get(&(view, input)) {
            return *said;
        }
        let said = self.ask(view, input);
        self.said.borrow_mut().insert((view, input), said);
        said
    }

    fn ask(&self, view: View, input: Input) -> Option<Decision> {
        let (state, commands) = self.rules.decide(&state_of(view), event_of(input)).ok()?;
        // The driver would perform several in order; these rules command one thing at a time.
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
        };
        Some(Decision {
            view: view_of(&state)?,
            todo,
            is_answered,
        })
    }
}

/// What a task believes of a saga that it has just started.
pub fn started() -> Option<View> {
    view_of(&SagaState::started(2))
}

/// What a task believes of a saga that it read back from the log.
pub fn recovered(status: Status) -> Option<View> {
    view_of(&SagaState::recovered(status, 2))
}

fn state_of(view: View) -> SagaState {
    SagaState {
        status: view.status,
        in_doubt: view.in_doubt,
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

fn step_of(known: Known) -> StepState {
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

fn known_of(step: &StepState) -> Known {
    match step {
        StepState::Untouched => Known::Untouched,
        StepState::Unknown => Known::Unknown,
        StepState::Done { .. } => Known::Done,
        StepState::Refused { .. } => Known::Refused,
        StepState::Dead => Known::Dead,
        StepState::Undone => Known::Undone,
    }
}

fn event_of(input: Input) -> Event {
    match input {
        Input::Resumed => Event::Resumed,
        Input::DeadlinePassed => Event::DeadlinePassed,
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
