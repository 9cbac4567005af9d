//! A third model: one like whose rows are collected below a retention watermark, while its requests may still arrive.
//!
//! ```text
//!  the saga has ended ─► a leader publishes ─► each service stores the watermark ─► and deletes its row
//!                                               └─► from now on a request is stale
//! ```
//!
//! The saga, its coordinators and its services are those of the pair's model. A service may work on a request for long: its
//! transaction began before the service stored the watermark, and commits afterwards.
//!
//! Not bounded are sends, copies and delays of requests and of publications, crashes and takeovers. Every request that was ever
//! sent may arrive after the end of its saga, again and again.
//!
//! Where to read next: `variants.rs` has the rules without each of their parts, `steps.rs` when each action can happen, `property.rs`
//! what must hold.

mod property;
mod steps;
mod story;
mod variants;

use likewise_protocol::Op;

pub use variants::{RETENTION_MUTANTS, RETENTION_PROTOCOL, RetentionProtocol};

use crate::{
    Action, Model, SCENARIOS, Scenario, State, Step, TRUE_PROTOCOL, TransitionSystem, state::TWO,
};

/// What is bounded and what is not, for reports.
pub const RETENTION_BOUNDS: &str = "one saga of two steps, two coordinators at a time, one slow transaction at a time; not bounded: \
                                    copies and delays of requests and publications, crashes, takeovers";

/// What the saga does.
pub const RETENTION_SCENARIOS: [Scenario; 2] = [
    Scenario {
        name: "a like is collected",
        ..SCENARIOS[2]
    },
    Scenario {
        name: "an unlike is collected",
        ..SCENARIOS[3]
    },
];

/// A state: that of the pair's model, and the watermark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RetentionState {
    /// The saga, its services and its coordinators.
    pub saga: State,
    /// Whether a watermark above the saga was published. The message may arrive at any later time.
    pub is_published: bool,
    /// Whether the service of each step has stored it.
    pub stored: [bool; 2],
    /// A transaction that began before its service stored the watermark.
    pub slow: Option<(usize, Op)>,
}

/// An event of this model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionAction {
    /// An event of the pair's model.
    Saga(Action),
    /// A coordinator publishes a watermark above the saga.
    Publish {
        /// The index of the coordinator.
        coordinator: usize,
    },
    /// The publication arrives at the service of a step.
    Store {
        /// The index of the step.
        step: usize,
    },
    /// The service of a step begins to work on a request.
    Begin {
        /// The index of the step.
        step: usize,
        /// The operation.
        op: Op,
    },
    /// The transaction that began is committed.
    Commit {
        /// Whether a business rule refuses the action, if it is evaluated.
        refuse: bool,
    },
    /// The service of a step deletes its row.
    Delete {
        /// The index of the step.
        step: usize,
    },
}

/// The rules of retention in a scenario.
pub struct RetentionModel {
    protocol: RetentionProtocol,
    pair: Model<'static>,
    scenario: Scenario,
}

impl RetentionModel {
    /// A model of these rules in this scenario.
    #[must_use]
    pub fn new(protocol: RetentionProtocol, scenario: Scenario) -> Self {
        Self {
            protocol,
            pair: Model::of_one_saga(TRUE_PROTOCOL, scenario),
            scenario,
        }
    }
}

impl TransitionSystem for RetentionModel {
    type State = RetentionState;
    type Action = RetentionAction;

    fn start(&self) -> RetentionState {
        RetentionState {
            saga: self.pair.start(),
            is_published: false,
            stored: [false; 2],
            slow: None,
        }
    }

    fn steps(&self, from: &RetentionState, to: &mut Vec<Step<RetentionState, RetentionAction>>) {
        self.steps_of_saga(from, to);
        for coordinator in TWO {
            self.publish_steps(from, coordinator, to);
        }
        for step in TWO {
            self.service_steps(from, step, to);
        }
        self.commit_steps(from, to);
    }

    fn broken(&self, state: &RetentionState) -> Option<&'static str> {
        property::broken(state, self.scenario)
    }

    fn is_at_rest(&self, state: &RetentionState) -> bool {
        self.pair.is_at_rest(&state.saga)
    }
}

#[cfg(test)]
mod tests;
