//! An exhaustive breadth-first search, which also asks whether an end stays reachable from every state.
//!
//! ```text
//!  start ─► every step of every state, nearest first ─► violated?     the first one found is a nearest one
//!                                                    └─► all edges ─► backwards from the states at rest:
//!                                                                     a state that is not reached can never end
//! ```
//!
//! The search is our own. The second question is `AG EF rest` over a graph with cycles, and `stateright` checks its
//! liveness properties on paths without cycles only.

use std::hash::Hash;

use super::{graph::Graph, transition_system::TransitionSystem};

/// The result of a search.
#[derive(Debug, Clone)]
pub struct SearchResult<S, A> {
    /// The number of states that were reached.
    pub states: usize,
    /// The number of steps between them.
    pub transitions: usize,
    /// The number of steps to the furthest state.
    pub depth: u32,
    /// How it ended.
    pub verdict: Verdict<S, A>,
}

/// How a search ended.
#[derive(Debug, Clone)]
pub enum Verdict<S, A> {
    /// Every state was reached and every property holds.
    Holds,
    /// A property is violated.
    Broken(CounterExample<S, A>),
    /// There are more states than the limit. Nothing is known about the rest.
    TooLarge,
}

/// A shortest path to a violation.
#[derive(Debug, Clone)]
pub struct CounterExample<S, A> {
    /// The property that is violated.
    pub property: &'static str,
    /// The actions from the start on, each with the state that it led to.
    pub path: Vec<(A, S)>,
}

/// The name of the property that an end can be reached from every state.
pub const EVERY_SAGA_CAN_END: &str = "every-saga-can-end";

/// Searches all states, up to a limit. Calls `visit` once for each state, with its number.
///
/// Properties of a state are judged when it is first reached, and those of a step every time. So the first violation
/// that is found has a shortest path.
pub fn search<Y: TransitionSystem>(
    system: &Y,
    states_max: usize,
    mut visit: impl FnMut(usize, &Y::State),
) -> SearchResult<Y::State, Y::Action> {
    let mut graph = Graph::of(system.start());
    let mut steps = Vec::new();
    let mut from = 0;
    while let Some(state) = graph.get(from) {
        visit(from, &state);
        steps.clear();
        system.steps(&state, &mut steps);
        for step in &steps {
            let is_new = graph.add(from, step.to);
            let broken = step.broken.or_else(|| match is_new {
                true => system.broken(&step.to),
                false => None,
            });
            if let Some(property) = broken {
                let mut path = graph.path(system, from);
                path.push((step.action, step.to));
                return result(&graph, Verdict::Broken(CounterExample { property, path }));
            }
        }
        if graph.states() > states_max {
            return result(&graph, Verdict::TooLarge);
        }
        graph.close();
        from += 1;
    }
    let verdict = match graph.first_without_end(system) {
        None => Verdict::Holds,
        Some(state) => Verdict::Broken(CounterExample {
            property: EVERY_SAGA_CAN_END,
            path: graph.path(system, state),
        }),
    };
    result(&graph, verdict)
}

fn result<S: Copy + Eq + Hash, A>(graph: &Graph<S>, verdict: Verdict<S, A>) -> SearchResult<S, A> {
    SearchResult {
        states: graph.states(),
        transitions: graph.edges(),
        depth: graph.depth(),
        verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition_system::Step;

    /// A walk over the numbers modulo 13. It starts at 0, each step adds 1 or 3, and 12 is the end.
    struct Walk {
        bad: Option<u8>,
        dead_end: Option<u8>,
    }

    impl TransitionSystem for Walk {
        type State = u8;
        type Action = u8;

        fn start(&self) -> u8 {
            0
        }

        fn steps(&self, from: &u8, to: &mut Vec<Step<u8, u8>>) {
            if Some(*from) == self.dead_end {
                return;
            }
            let step = |action| Step {
                action,
                to: (from + action) % 13,
                broken: None,
            };
            to.extend([1, 3].map(step));
        }

        fn broken(&self, state: &u8) -> Option<&'static str> {
            (Some(*state) == self.bad).then_some("never-there")
        }

        fn is_at_rest(&self, state: &u8) -> bool {
            *state == 12
        }
    }

    fn walk(bad: Option<u8>, dead_end: Option<u8>) -> SearchResult<u8, u8> {
        search(&Walk { bad, dead_end }, 100, |_, _| {})
    }

    fn broken(searched: SearchResult<u8, u8>) -> CounterExample<u8, u8> {
        match searched.verdict {
            Verdict::Broken(found) => found,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_correct_walk_holds_and_is_searched_completely() {
        let searched = walk(None, None);
        assert!(matches!(searched.verdict, Verdict::Holds));
        assert_eq!((searched.states, searched.transitions), (13, 26));
        assert_eq!(searched.depth, 5);
    }

    #[test]
    fn a_bad_state_is_found_on_a_shortest_path() {
        let found = broken(walk(Some(7), None));
        assert_eq!(found.property, "never-there");
        assert_eq!(found.path.len(), 3);
        assert_eq!(found.path.last().unwrap().1, 7);
    }

    #[test]
    fn a_dead_end_is_found_although_no_state_is_bad() {
        let found = broken(walk(None, Some(4)));
        assert_eq!(found.property, EVERY_SAGA_CAN_END);
        assert_eq!(found.path.last().unwrap().1, 4);
    }

    #[test]
    fn a_search_over_the_limit_does_not_hold() {
        let searched = search(
            &Walk {
                bad: None,
                dead_end: None,
            },
            5,
            |_, _| {},
        );
        assert!(matches!(searched.verdict, Verdict::TooLarge));
    }
}
