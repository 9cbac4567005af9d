//! The model of one saga with parallel groups and a pivot.
//!
//! ```text
//!  protocol::decide ───┐
//!                  ├─► one saga, two coordinators ─► search (`search.rs`)
//!  barrier::judge ─┘
//! ```
//!
//! The model of likes (`model/mod.rs`) has two sagas of two steps with their effects. This one has one saga of up to five steps.
//! An effect is a barrier row that is done; what is searched is in which order rows and requests may come.
//!
//! Not bounded: copies and delays of requests and replies, losses, deadlines, refusals up to the pivot, unconfirmed log writes,
//! crashes and starts of coordinators. A second coordinator may run as a zombie. The tests of this module search the largest
//! saga without one, to be fast; `cargo chaos model` also searches it with one. After the pivot no step is refused, as its
//! contract says: the tests of the rules cover what happens otherwise.
//!
//! Where to read next: `steps.rs` says what can happen, `property.rs` what must hold, `variants.rs` which wrong rules are found.

mod canonical;
mod property;
mod rules;
mod state;
mod steps;
mod story;
mod variants;

use likewise_protocol::{Definition, Document, Shape, StepDefinition};

use super::transition_system::{Step, TransitionSystem};

pub use property::names as properties;
pub use state::{Action, State};
pub use variants::{GROUP_MUTANTS, GROUP_PROTOCOL, GroupProtocol};

use rules::GroupRules;

/// One saga to search.
#[derive(Debug, Clone, Copy)]
pub struct GroupScenario {
    /// The name in reports.
    pub name: &'static str,
    /// The names of the steps, in groups. The pivot is a group of one.
    groups: &'static [&'static [&'static str]],
    pivot: Option<&'static str>,
    /// Whether a coordinator that was replaced may go on as a zombie.
    has_zombies: bool,
}

/// The sagas that are searched.
pub const GROUP_SCENARIOS: [GroupScenario; 4] = [
    GroupScenario {
        name: "a pair, a pivot, a step after it",
        groups: &[&["check a", "check b"], &["credit"], &["notify"]],
        pivot: Some("credit"),
        has_zombies: true,
    },
    GroupScenario {
        name: "a step, a pair",
        groups: &[&["debit"], &["credit a", "credit b"]],
        pivot: None,
        has_zombies: true,
    },
    GroupScenario {
        name: "a step, a pair, a pivot, a step after it; one coordinator at a time",
        groups: &[
            &["debit"],
            &["check a", "check b"],
            &["credit"],
            &["notify"],
        ],
        pivot: Some("credit"),
        has_zombies: false,
    },
    GroupScenario {
        name: "a step, a pair, a pivot, a step after it",
        groups: &[
            &["debit"],
            &["check a", "check b"],
            &["credit"],
            &["notify"],
        ],
        pivot: Some("credit"),
        has_zombies: true,
    },
];

/// What is bounded and what is not, for reports.
pub const GROUP_BOUNDS: &str = "one saga of three to five steps with a parallel pair, two coordinators at a time; not \
                                bounded: sends, losses, copies, delays, crashes, takeovers, unconfirmed log writes, \
                                deadlines, and refusals up to the pivot";

/// A protocol with one saga.
pub struct GroupModel {
    shape: Shape,
    names: Vec<&'static str>,
    has_zombies: bool,
    rules: GroupRules,
}

impl GroupModel {
    /// A model of this protocol with this saga.
    #[must_use]
    pub fn new(protocol: GroupProtocol, scenario: GroupScenario) -> Self {
        let step = |name| StepDefinition::new(name, "service", Document::default());
        let builder = Definition::builder();
        let builder = scenario
            .groups
            .iter()
            .fold(builder, |builder, group| match group {
                [pivot] if scenario.pivot == Some(*pivot) => builder.pivot(step(*pivot)),
                group => builder.parallel(group.iter().copied().map(step)),
            });
        let definition = builder.build();
        let definition = definition.unwrap_or_else(|invalid| unreachable!("{invalid}"));
        let shape = definition.shape();
        Self {
            shape,
            names: definition.steps().iter().map(|step| step.name).collect(),
            has_zombies: scenario.has_zombies,
            rules: GroupRules::new(protocol.rules, shape),
        }
    }
}

impl TransitionSystem for GroupModel {
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
        !state.status.is_open()
    }
}

#[cfg(test)]
mod tests;
