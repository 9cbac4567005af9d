//! An exhaustive breadth-first search, and the question whether an end can always still be reached.
//!
//! ```text
//!  starts ─► every step of every state, nearest first ─► broken?      the first one found is a nearest one
//!                                                    └─► all edges ─► walked backwards from the states at rest:
//!                                                                     a state that is not met can never end
//! ```
//!
//! It is written here, not taken from a library: that question (`AG EF rest`, over a graph with cycles) is half of what
//! is asked, and `stateright` answers its liveness properties only on paths without cycles.

use std::hash::Hash;

use indexmap::IndexMap;

/// What is searched.
pub trait System {
    /// A moment of it, as small as can be: there are millions.
    type State: Copy + Eq + Hash;
    /// What leads from one to the next.
    type Action: Copy;

    /// Where it begins.
    fn start(&self) -> Self::State;

    /// Everything that can happen next.
    fn steps(&self, from: &Self::State, to: &mut Vec<Step<Self::State, Self::Action>>);

    /// The property that this state violates.
    fn broken(&self, state: &Self::State) -> Option<&'static str>;

    /// Whether it may stay here for ever.
    fn is_at_rest(&self, state: &Self::State) -> bool;
}

/// One thing that can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<S, A> {
    /// What happens.
    pub action: A,
    /// Where that leads.
    pub to: S,
    /// The property that is violated by the step itself.
    pub broken: Option<&'static str>,
}

/// What a search has to say.
#[derive(Debug, Clone)]
pub struct Searched<S, A> {
    /// States that were reached.
    pub states: usize,
    /// Steps between them.
    pub transitions: usize,
    /// Steps to the furthest state.
    pub depth: u32,
    /// How it came to an end.
    pub verdict: Verdict<S, A>,
}

/// How a search came to an end.
#[derive(Debug, Clone)]
pub enum Verdict<S, A> {
    /// Every state was reached and every property holds.
    Holds,
    /// A property is violated.
    Broken(CounterExample<S, A>),
    /// There are more states than the bound allows: nothing is known of the rest.
    TooLarge,
}

/// A shortest way to a violation.
#[derive(Debug, Clone)]
pub struct CounterExample<S, A> {
    /// What is violated.
    pub property: &'static str,
    /// From the start on: what happened, and the state it led to.
    pub path: Vec<(A, S)>,
}

/// The name of the property that an end can be reached from everywhere.
pub const EVERY_SAGA_CAN_END: &str = "every-saga-can-end";

/// Searches all of it, up to a number of states. `visit` sees each state once, with its number.
pub fn search<Y: System>(
    system: &Y,
    states_max: usize,
    mut visit: impl FnMut(usize, &Y::State),
) -> Searched<Y::State, Y::Action> {
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

/// What was reached. A state is known by its number, in the order in which they were reached.
struct Graph<S> {
    states: IndexMap<S, Reached>,
    /// Where the edges of each state begin in `edges`; one more at the end.
    first_edge: Vec<usize>,
    edges: Vec<u32>,
}

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

    /// All edges of the next state are added.
    fn close(&mut self) {
        self.first_edge.push(self.edges.len());
    }

    /// The way on which a state was first reached, which is a shortest one.
    fn path<Y: System<State = S>>(&self, system: &Y, to: usize) -> Vec<(Y::Action, S)> {
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
            || unreachable!("only numbers of states are kept"),
            |(state, _)| *state,
        )
    }

    /// The nearest state from which none at rest can be reached.
    fn first_without_end<Y: System<State = S>>(&self, system: &Y) -> Option<usize> {
        let mut ends: Vec<bool> = self.states.keys().map(|s| system.is_at_rest(s)).collect();
        // Edges mostly lead to higher numbers, so a few rounds from the end suffice; each but the last finds one more.
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

    fn end<A>(&self, verdict: Verdict<S, A>) -> Searched<S, A> {
        Searched {
            states: self.states.len(),
            transitions: self.edges.len(),
            depth: self.states.last().map_or(0, |(_, reached)| reached.depth),
            verdict,
        }
    }
}

/// Memory ends long before these numbers do.
fn number_of(state: usize) -> u32 {
    u32::try_from(state).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A walk over numbers: 0 at the start, each step adds 1 or 3, and 12 is the end.
    struct Walk {
        bad: Option<u8>,
        dead_end: Option<u8>,
    }

    impl System for Walk {
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

    fn walk(bad: Option<u8>, dead_end: Option<u8>) -> Searched<u8, u8> {
        search(&Walk { bad, dead_end }, 100, |_, _| {})
    }

    fn broken(searched: Searched<u8, u8>) -> CounterExample<u8, u8> {
        match searched.verdict {
            Verdict::Broken(found) => found,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_walk_without_faults_holds_and_is_seen_whole() {
        let searched = walk(None, None);
        assert!(matches!(searched.verdict, Verdict::Holds));
        assert_eq!((searched.states, searched.transitions), (13, 26));
        assert_eq!(searched.depth, 5);
    }

    #[test]
    fn a_planted_bad_state_is_found_on_a_shortest_way() {
        let found = broken(walk(Some(7), None));
        assert_eq!(found.property, "never-there");
        assert_eq!(found.path.len(), 3);
        assert_eq!(found.path.last().unwrap().1, 7);
    }

    #[test]
    fn a_planted_dead_end_is_found_although_no_state_is_bad() {
        let found = broken(walk(None, Some(4)));
        assert_eq!(found.property, EVERY_SAGA_CAN_END);
        assert_eq!(found.path.last().unwrap().1, 4);
    }

    #[test]
    fn what_is_too_large_is_never_called_good() {
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
