//! A second opinion on the protocol: an exhaustive search, with no simulator and no seed.
//!
//! ```text
//!  saga::decide ──┐                        ┌─► every property of every state
//!                 ├─► model ─► search ─────┤
//!  barrier::rules ┘                        └─► an end can be reached from every state
//! ```
//!
//! Two sagas on one pair of user and article, two coordinators of which the second may take over at any moment while the
//! first goes on as a zombie. The rules are the product's own; only the shell around them is told again here.
//!
//! Bounded are the sagas (two, with two steps each) and the coordinators that run at one time (two). Not bounded are sends,
//! losses, copies and delays (what was sent once stays under way for ever), deaths and starts of coordinators (only the
//! order of epochs is kept, which is all that is ever compared), and moments: deadlines pass and business rules change their
//! view at any. So the search ends by itself, and its verdict holds for messages that are repeated any number of times.
//!
//! Left out: the checks before a saga and the answers given from them alone, retention, and arguments that differ under one
//! key. That epochs rise is by their making here; that nothing is written under a stale one is looked at in every step.
//!
//! Where to read next: `action.rs` is what can happen, `property.rs` what must be true, `canonical.rs` why it is finite.

mod action;
mod canonical;
mod coordinator;
mod property;
mod protocol;
pub mod reachability;
mod rule_cache;
pub mod search;
mod service;
mod state;
mod story;

pub use action::Action;
pub use property::names as properties;
pub use protocol::{MUTANTS, Protocol, TRUE_PROTOCOL};
pub use search::{CounterExample, Searched, Verdict};
pub use state::State;

use rule_cache::RuleCache;
use search::{Step, System};
use state::{Coordinator, Maker, Saga};

/// What a saga wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Count +1, then the record.
    Like,
    /// The record away, then count −1.
    Unlike,
}

/// Two sagas and where they begin.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// The sagas; either may be first, unless they are alike.
    pub kinds: [Kind; 2],
    /// Whether the user likes the article at the start.
    pub is_liked_before: bool,
}

/// All pairs of sagas of which at least one has something to do.
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
}

/// What is bounded, in one sentence.
pub const BOUNDS: &str = "two sagas of two steps on one pair, two coordinators at a time; not bounded: sends, losses, \
                          copies, delays, crashes, take-overs, unconfirmed log writes, deadlines and refusals";

impl Model<'_> {
    /// This protocol in this scenario.
    #[must_use]
    pub fn new(protocol: Protocol, scenario: Scenario) -> Self {
        Self {
            protocol,
            kinds: scenario.kinds,
            is_liked_before: scenario.is_liked_before,
            rules: RuleCache::new(protocol.rules),
        }
    }

    fn first(&self) -> State {
        State {
            likes: i8::from(self.is_liked_before),
            record: self.is_liked_before.then_some(Maker::Before),
            sagas: [Saga::default(); 2],
            coordinators: [Coordinator::Down; 2],
        }
    }
}

impl System for Model<'_> {
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
