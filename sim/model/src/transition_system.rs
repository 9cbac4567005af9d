//! What the search knows about a model: its states, its steps and its property of states.
//!
//! The search is generic so that it can be tested on small systems with known answers.

use std::hash::Hash;

/// A system of states and steps that can be searched.
pub trait TransitionSystem {
    /// A state. It should be small: there are millions.
    type State: Copy + Eq + Hash;
    /// What leads from one state to the next.
    type Action: Copy;

    /// The initial state.
    fn start(&self) -> Self::State;

    /// Adds every step from a state to `to`.
    fn steps(&self, from: &Self::State, to: &mut Vec<Step<Self::State, Self::Action>>);

    /// The property that a state violates, if any.
    fn broken(&self, state: &Self::State) -> Option<&'static str>;

    /// Whether the system may stay in a state for ever.
    fn is_at_rest(&self, state: &Self::State) -> bool;
}

/// A step from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<S, A> {
    /// The action.
    pub action: A,
    /// The state that it leads to.
    pub to: S,
    /// The property that the step itself violates, if any.
    pub broken: Option<&'static str>,
}
