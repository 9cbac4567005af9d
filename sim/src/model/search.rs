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

use indexmap::IndexMap;

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
pub fn search<Y: TransitionSystem>(
    system: &Y,
    states_max: usize,
    mut visit: impl FnMut(usize, &Y::State),
) -> SearchResult<Y::State, Y::Action> {
    let mut graph = Graph::of(system.start());
    let mut steps = Vec::new();
    let mut from = 0;
    while let Some((&state, _)) = graph.states.get_index(from) {
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
                return graph.end(Verdict::Broken(CounterExample { property, path }));
            }
        }
        if graph.states.len() > states_max {
            return graph.end(Verdict::TooLarge);
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
    graph.end(verdict)
}

/// The states that were reached, numbered in the order in which they were reached, and the edges between them.
struct Graph<S> {
    states: IndexMap<S, Reached>,
    /// The index in `edges` of the first edge of each state, and one more at the end.
    first_edge: Vec<usize>,
    /// The targets of all edges. `u32` instead of `usize` halves the memory.
    edges: Vec<u32>,
}

/// How a state was first reached.
#[derive(Clone, Copy)]
struct Reached {
    from: u32,
    depth: u32,
}

impl<S: Copy + Eq + Hash> Graph<S> {
    fn of(start: S) -> Self {
        Self {
            states: IndexMap::from([(start, Reached { from: 0, depth: 0 })]),
            first_edge: vec![0],
            edges: Vec::new(),
        }
    }

    /// Adds an edge. Returns whether it leads to a new state.
    fn add(&mut self, from: usize, to: S) -> bool {
        let states = self.states.len();
        let depth = self.states[from].depth + 1;
        let entry = self.states.entry(to);
        let number = entry.index();
        entry.or_insert(Reached {
            from: number_of(from),
            depth,
        });
        if number != from {
            self.edges.push(number_of(number));
        }
        number == states
    }

    /// Marks the edges of the current state as complete.
    fn close(&mut self) {
        self.first_edge.push(self.edges.len());
    }

    /// The path on which a state was first reached. Breadth first makes it a shortest one.
    fn path<Y: TransitionSystem<State = S>>(&self, system: &Y, to: usize) -> Vec<(Y::Action, S)> {
        let mut path = Vec::new();
        let mut at = to;
        let mut steps = Vec::new();
        while at != 0 {
            let (state, reached) = (self.state(at), self.states[at]);
            at = reached.from as usize;
            steps.clear();
            system.steps(&self.state(at), &mut steps);
            let step = steps.iter().find(|step| step.to == state);
            path.extend(step.map(|step| (step.action, step.to)));
        }
        path.reverse();
        path
    }

    fn state(&self, number: usize) -> S {
        self.states.get_index(number).map_or_else(
            || unreachable!("every number in the graph belongs to a state"),
            |(state, _)| *state,
        )
    }

    /// The nearest state from which no state at rest can be reached.
    fn first_without_end<Y: TransitionSystem<State = S>>(&self, system: &Y) -> Option<usize> {
        let mut ends: Vec<bool> = self.states.keys().map(|s| system.is_at_rest(s)).collect();
        // Most edges lead to higher numbers, so a few rounds from the end suffice. The loop ends, because every round but the
        // last marks at least one more state.
        let mut found = true;
        while found {
            found = false;
            for from in (0..ends.len())
                .rev()
                .filter(|from| !ends[*from])
                .collect::<Vec<_>>()
            {
                let edges = &self.edges[self.first_edge[from]..self.first_edge[from + 1]];
                if edges.iter().any(|to| ends[*to as usize]) {
                    ends[from] = true;
                    found = true;
                }
            }
        }
        ends.iter().position(|ends| !ends)
    }

    fn end<A>(&self, verdict: Verdict<S, A>) -> SearchResult<S, A> {
        SearchResult {
            states: self.states.len(),
            transitions: self.edges.len(),
            depth: self.states.last().map_or(0, |(_, reached)| reached.depth),
            verdict,
        }
    }
}

/// The number of a state as `u32`. Memory is exhausted long before these numbers are.
fn number_of(state: usize) -> u32 {
    u32::try_from(state).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

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
