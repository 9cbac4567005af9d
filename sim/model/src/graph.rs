//! The graph of the states that a search has reached.
//!
//! It holds millions of states, so it stores numbers only: the parent of each state, for the path to it, and the targets
//! of all edges, for the walk backwards.

use std::hash::Hash;

use indexmap::IndexMap;

use super::transition_system::TransitionSystem;

/// The states that were reached, numbered in the order in which they were reached, and the edges between them.
pub(super) struct Graph<S> {
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
    /// The graph of the initial state alone.
    pub(super) fn of(start: S) -> Self {
        Self {
            states: IndexMap::from([(start, Reached { from: 0, depth: 0 })]),
            first_edge: vec![0],
            edges: Vec::new(),
        }
    }

    /// Adds an edge. Returns whether it leads to a new state.
    ///
    /// Edges from a state to itself are not kept, because they never help to reach an end.
    pub(super) fn add(&mut self, from: usize, to: S) -> bool {
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
    pub(super) fn close(&mut self) {
        self.first_edge.push(self.edges.len());
    }

    /// The path on which a state was first reached. Breadth first makes it a shortest one.
    ///
    /// Actions are not stored. They are found again by taking the steps of each state on the path, which are few.
    pub(super) fn path<Y: TransitionSystem<State = S>>(
        &self,
        system: &Y,
        to: usize,
    ) -> Vec<(Y::Action, S)> {
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

    /// The state with a number. `None` past the last one.
    pub(super) fn get(&self, number: usize) -> Option<S> {
        self.states.get_index(number).map(|(state, _)| *state)
    }

    fn state(&self, number: usize) -> S {
        self.get(number)
            .unwrap_or_else(|| unreachable!("every number in the graph belongs to a state"))
    }

    /// The number of states.
    pub(super) fn states(&self) -> usize {
        self.states.len()
    }

    /// The number of edges, without those from a state to itself.
    pub(super) fn edges(&self) -> usize {
        self.edges.len()
    }

    /// The number of steps to the furthest state.
    pub(super) fn depth(&self) -> u32 {
        self.states.last().map_or(0, |(_, reached)| reached.depth)
    }

    /// The nearest state from which no state at rest can be reached.
    ///
    /// States are numbered by distance, so the first one has a shortest path.
    pub(super) fn first_without_end<Y: TransitionSystem<State = S>>(
        &self,
        system: &Y,
    ) -> Option<usize> {
        let mut ends: Vec<bool> = self.states.keys().map(|s| system.is_at_rest(s)).collect();
        // Most edges lead to higher numbers, so a few rounds from the end suffice. The loop ends, because every round but
        // the last marks at least one more state.
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
}

/// The number of a state as `u32`. Memory is exhausted long before these numbers are.
fn number_of(state: usize) -> u32 {
    u32::try_from(state).unwrap_or(u32::MAX)
}
