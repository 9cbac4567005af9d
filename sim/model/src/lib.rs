//! The model: a second opinion on the protocol, by exhaustive search, without a simulator and without a seed.
//!
//! ```text
//!  protocol::decide ─┐                       ┌─► every property of every state
//!                    ├─► model ─► search ────┤
//!  barrier::judge ───┘                       └─► an end is reachable from every state
//! ```
//!
//! Two sagas on one pair of user and article are driven by two coordinators. The second may take over at any moment while
//! the first continues as a zombie. The rules are the product's own; only the shell around them is modelled.
//!
//! Bounded are the sagas (two, with two steps each) and the coordinators that run at one time (two). These are not
//! bounded:
//!
//! - sends, losses, copies and delays: a request that was sent once may arrive at any later time, again and again;
//! - crashes and starts of coordinators: only the order of epochs is kept, because nothing else is ever compared;
//! - time: deadlines pass and business rules change their answers at any moment.
//!
//! States that cannot be told apart are merged, so the search ends, and its verdict holds for any number of repeats.
//!
//! Left out: the checks before a saga and answers given from them alone, other arguments under one key. The
//! model makes epochs rise by construction; it checks in every step that nothing is written under a stale one.
//!
//! `groups/` is a second, smaller model: one saga with parallel groups and a pivot. `retention/` is a third one: one saga whose rows
//! are collected below a watermark.
//!
//! Where to read next: `action.rs` lists what can happen, `steps.rs` when, `property.rs` what must hold, and
//! `canonical.rs` why the search is finite.

mod action;
mod canonical;
mod coordinator;
mod graph;
pub mod groups;
mod property;
mod protocol;
pub mod reachability;
pub mod retention;
mod rule_cache;
pub mod search;
mod service;
mod state;
mod steps;
mod story;
mod transition_system;

pub use action::Action;
pub use property::names as properties;
pub use protocol::{MUTANTS, Protocol, TRUE_PROTOCOL};
pub use search::{CounterExample, SearchResult, Verdict};
pub use state::State;
pub use transition_system::{Step, TransitionSystem};

use rule_cache::RuleCache;
use state::{Coordinator, Maker, Saga};

/// The kind of a saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Raises the count, then creates the record.
    Like,
    /// Removes the record, then lowers the count.
    Unlike,
}

/// Two sagas and their initial state.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// The name in reports.
    pub name: &'static str,
    /// The kinds of the sagas. Either may start first. Two equal sagas start in their order, which loses nothing.
    pub kinds: [Kind; 2],
    /// Whether the user likes the article at the start.
    pub is_liked_before: bool,
}

/// All pairs of sagas of which at least one changes something.
pub const SCENARIOS: [Scenario; 4] = [
    Scenario {
        name: "like and unlike",
        kinds: [Kind::Like, Kind::Unlike],
        is_liked_before: false,
    },
    Scenario {
        name: "unlike and like",
        kinds: [Kind::Like, Kind::Unlike],
        is_liked_before: true,
    },
    Scenario {
        name: "like twice",
        kinds: [Kind::Like, Kind::Like],
        is_liked_before: false,
    },
    Scenario {
        name: "unlike twice",
        kinds: [Kind::Unlike, Kind::Unlike],
        is_liked_before: true,
    },
];

/// A protocol in a scenario.
pub struct Model<'r> {
    protocol: Protocol,
    kinds: [Kind; 2],
    is_liked_before: bool,
    rules: RuleCache<'r>,
    /// How many of the sagas start.
    sagas: usize,
    /// Whether requests of a saga that has ended may still have an effect. Only without its rows they have one.
    keeps_late_requests: bool,
}

/// What is bounded and what is not, for reports.
pub const BOUNDS: &str = "two sagas of two steps on one pair, two coordinators at a time; not bounded: sends, losses, \
                          copies, delays, crashes, takeovers, unconfirmed log writes, deadlines and refusals";

impl Model<'_> {
    /// A model of this protocol in this scenario.
    #[must_use]
    pub fn new(protocol: Protocol, scenario: Scenario) -> Self {
        Self {
            protocol,
            kinds: scenario.kinds,
            is_liked_before: scenario.is_liked_before,
            rules: RuleCache::new(protocol.rules),
            sagas: 2,
            keeps_late_requests: false,
        }
    }

    /// A model in which only the first saga starts, and its late requests are kept: its rows may be deleted.
    fn of_one_saga(protocol: Protocol, scenario: Scenario) -> Self {
        Self {
            sagas: 1,
            keeps_late_requests: true,
            ..Self::new(protocol, scenario)
        }
    }

    /// The initial state.
    ///
    /// A like that exists at the start counts, so that both sides agree before the first saga.
    fn first(&self) -> State {
        State {
            likes: i8::from(self.is_liked_before),
            record: self.is_liked_before.then_some(Maker::Before),
            sagas: [Saga::default(); 2],
            coordinators: [Coordinator::Down; 2],
        }
    }
}

impl TransitionSystem for Model<'_> {
    type State = State;
    type Action = Action;

    fn start(&self) -> State {
        self.first()
    }

    fn steps(&self, from: &State, to: &mut Vec<Step<State, Action>>) {
        self.all_steps(from, to);
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        self.broken_in(state)
    }

    fn is_at_rest(&self, state: &State) -> bool {
        !state.sagas.iter().any(|saga| saga.is_open())
    }
}

#[cfg(test)]
mod tests;
