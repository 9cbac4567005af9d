//! The product's rules, translated to the small types of this model, with a cache.

use std::{cell::RefCell, collections::HashMap};

use likewise_protocol::{Command, Rules, SagaState, Shape, Status};

use super::state::{STEPS, Todo, View};
use crate::{
    rule_cache::{Input, event_of, known_of, step_of},
    state::Known,
};

/// A decision of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What the task knows from now on.
    pub view: View,
    /// What the task does next.
    pub todo: Todo,
    /// Whether the client may be told that the saga is committed.
    pub is_committed: bool,
}

/// The rules with a cache of their decisions. The map is only looked up, so its random order has no effect.
pub struct GroupRules {
    rules: &'static dyn Rules,
    shape: Shape,
    decisions: RefCell<HashMap<(View, Input), Option<Decision>>>,
}

impl GroupRules {
    pub fn new(rules: &'static dyn Rules, shape: Shape) -> Self {
        Self {
            rules,
            shape,
            decisions: RefCell::default(),
        }
    }

    /// The decision about an input. `None` if the rules reject it as impossible.
    pub fn decide(&self, view: View, input: Input) -> Option<Decision> {
        if let Some(decision) = self.decisions.borrow().get(&(view, input)) {
            return *decision;
        }
        let decision = self.evaluate(view, input);
        self.decisions.borrow_mut().insert((view, input), decision);
        decision
    }

    /// What a task knows about a saga that it has just started.
    pub fn started(&self) -> View {
        self.view_of(&SagaState::started(self.shape))
    }

    /// What a task knows about a saga that it has read from the log.
    pub fn recovered(&self, status: Status) -> View {
        self.view_of(&SagaState::recovered(status, self.shape))
    }

    fn evaluate(&self, view: View, input: Input) -> Option<Decision> {
        let state = self.state_of(view);
        let (state, commands) = self.rules.decide(&state, event_of(input)).ok()?;
        Some(Decision {
            view: self.view_of(&state),
            todo: todo(&commands)?,
            is_committed: state.is_committed(),
        })
    }

    fn state_of(&self, view: View) -> SagaState {
        let steps = &view.steps[..self.shape.steps()];
        SagaState {
            status: view.status,
            in_doubt: view.in_doubt,
            // A forced saga has a deadline in the model, too: more can happen to it than in the product.
            is_forced: false,
            shape: self.shape,
            steps: steps.iter().map(|known| step_of(*known)).collect(),
        }
    }

    fn view_of(&self, state: &SagaState) -> View {
        let mut steps = [Known::Untouched; STEPS];
        for (known, step) in steps.iter_mut().zip(&state.steps) {
            *known = known_of(step);
        }
        View {
            status: state.status,
            in_doubt: state.in_doubt,
            steps,
        }
    }
}

/// What the commands ask for. They are one write to the log, or sends of one operation; the model relies on that.
fn todo(commands: &[Command]) -> Option<Todo> {
    if let [Command::Log(status) | Command::Settle(status)] = *commands {
        return Some(Todo::Log(status));
    }
    let mut awaited = None;
    for command in commands {
        let Command::Send { step, op } = *command else {
            return None;
        };
        awaited = match awaited {
            None => Some((op, 1 << step)),
            Some((other, steps)) if other == op => Some((op, steps | 1 << step)),
            Some(_) => return None,
        };
    }
    awaited.map(|(op, steps)| Todo::Await { op, steps })
}
