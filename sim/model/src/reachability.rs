//! Reachability assertions: states that a search must reach. A model in which nothing happens keeps every property, so
//! without them a broken model would look correct.

use likewise_barrier::BarrierState;
use likewise_protocol::{Op, Status};

use super::state::{Coordinator, Reply, Saga, State, StepView, TWO};

/// A kind of state that a search must reach.
pub struct ReachabilityAssertion {
    /// What happened in it, in a few words.
    pub name: &'static str,
    holds: fn(&State) -> bool,
}

/// Every reachability assertion.
pub const REACHABILITY_ASSERTIONS: [ReachabilityAssertion; 10] = [
    ReachabilityAssertion {
        name: "both sagas completed, one after the other",
        holds: |state| {
            let completed =
                |saga: &Saga| saga.row.is_some_and(|row| row.status == Status::Completed);
            state.sagas.iter().all(completed)
        },
    },
    ReachabilityAssertion {
        name: "a saga was compensated after a step was done",
        holds: |state| {
            any_saga(state, |saga| {
                saga.row
                    .is_some_and(|row| row.status == Status::Compensated)
                    && saga
                        .steps
                        .iter()
                        .any(|step| step.row == Some(BarrierState::Undone))
            })
        },
    },
    ReachabilityAssertion {
        name: "a client was answered before the log was written",
        holds: |state| {
            any_saga(state, |saga| {
                saga.is_answered && saga.row.is_some_and(|row| row.status == Status::Running)
            })
        },
    },
    ReachabilityAssertion {
        name: "a refusal was made durable",
        holds: |state| any_step(state, |step| step.row == Some(BarrierState::Refused)),
    },
    ReachabilityAssertion {
        name: "an undo found no row and left a tombstone",
        holds: |state| {
            any_step(state, |step| {
                step.row == Some(BarrierState::Tomb)
                    && step.replies.has_reply(Op::Undo, Reply::Undone)
            })
        },
    },
    ReachabilityAssertion {
        name: "an action arrived after its tombstone",
        holds: |state| {
            any_step(state, |step| {
                step.row == Some(BarrierState::Tomb) && step.replies.has_reply(Op::Do, Reply::Dead)
            })
        },
    },
    ReachabilityAssertion {
        name: "a seal found its step done",
        holds: |state| any_step(state, |step| step.replies.has_reply(Op::Seal, Reply::Done)),
    },
    ReachabilityAssertion {
        name: "a write to the log was made but not confirmed",
        holds: |state| {
            let coordinators = state.coordinators.iter();
            let mut drivers = coordinators.flat_map(|at| TWO.map(|saga| at.driver(saga)));
            drivers.any(|driver| driver.is_some_and(|driver| driver.is_unsure))
        },
    },
    ReachabilityAssertion {
        name: "a zombie and its successor drive one saga concurrently",
        holds: |state| {
            let drives = |saga| {
                state
                    .coordinators
                    .iter()
                    .all(|at| at.driver(saga).is_some())
                    && state.coordinators.iter().any(Coordinator::is_current)
            };
            TWO.into_iter().any(drives)
        },
    },
    ReachabilityAssertion {
        name: "a zombie still drives a saga that has ended",
        holds: |state| {
            let is_over =
                |saga: usize| state.sagas[saga].row.is_some() && !state.sagas[saga].is_open();
            let is_driven = |saga| {
                state
                    .coordinators
                    .iter()
                    .any(|at| at.driver(saga).is_some())
            };
            TWO.into_iter().any(|saga| is_over(saga) && is_driven(saga))
        },
    },
];

/// The reachability assertions that a search has reached so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReachedAssertions([bool; REACHABILITY_ASSERTIONS.len()]);

impl ReachedAssertions {
    /// Takes a state into account.
    pub fn visit(&mut self, state: &State) {
        for (is_reached, assertion) in self.0.iter_mut().zip(&REACHABILITY_ASSERTIONS) {
            *is_reached = *is_reached || (assertion.holds)(state);
        }
    }

    /// The names of the assertions that were not reached.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let all = self.0.iter().zip(&REACHABILITY_ASSERTIONS);
        all.filter(|(is_reached, _)| !**is_reached)
            .map(|(_, assertion)| assertion.name)
            .collect()
    }
}

fn any_saga(state: &State, predicate: impl Fn(&Saga) -> bool) -> bool {
    state.sagas.iter().any(predicate)
}

fn any_step(state: &State, predicate: impl Fn(&StepView) -> bool) -> bool {
    let steps = state.sagas.iter().flat_map(|saga| saga.steps.iter());
    steps.into_iter().any(predicate)
}
