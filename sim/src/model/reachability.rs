//! Places that a search must have come by, or it has shown nothing: a model in which no saga ever ends holds, too.

use likewise_barrier::BarrierState;
use likewise_saga::protocol::{Op, Status};

use super::state::{Coordinator, Reply, Saga, State, StepView, TWO};

/// A place that a search must come by.
pub struct ReachabilityAssertion {
    /// What it is, in a few words.
    pub name: &'static str,
    is_here: fn(&State) -> bool,
}

/// All of them.
pub const REACHABILITY_ASSERTIONS: [ReachabilityAssertion; 10] = [
    ReachabilityAssertion {
        name: "both sagas completed, one after the other",
        is_here: |state| {
            let completed =
                |saga: &Saga| saga.row.is_some_and(|row| row.status == Status::Completed);
            state.sagas.iter().all(completed)
        },
    },
    ReachabilityAssertion {
        name: "a saga was compensated after a step was done",
        is_here: |state| {
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
        name: "a client was answered before the log knew",
        is_here: |state| {
            any_saga(state, |saga| {
                saga.is_answered && saga.row.is_some_and(|row| row.status == Status::Running)
            })
        },
    },
    ReachabilityAssertion {
        name: "a refusal was made durable",
        is_here: |state| any_step(state, |step| step.row == Some(BarrierState::Refused)),
    },
    ReachabilityAssertion {
        name: "an undo found nothing and left a tombstone",
        is_here: |state| {
            any_step(state, |step| {
                step.row == Some(BarrierState::Tomb) && step.told.has_reply(Op::Undo, Reply::Undone)
            })
        },
    },
    ReachabilityAssertion {
        name: "an action came after its tombstone",
        is_here: |state| {
            any_step(state, |step| {
                step.row == Some(BarrierState::Tomb) && step.told.has_reply(Op::Do, Reply::Dead)
            })
        },
    },
    ReachabilityAssertion {
        name: "a seal found its step done",
        is_here: |state| any_step(state, |step| step.told.has_reply(Op::Seal, Reply::Done)),
    },
    ReachabilityAssertion {
        name: "a write to the log was made but not confirmed",
        is_here: |state| {
            let places = state.coordinators.iter();
            let mut drivers = places.flat_map(|at| TWO.map(|saga| at.driver(saga)));
            drivers.any(|driver| driver.is_some_and(|driver| driver.is_unsure))
        },
    },
    ReachabilityAssertion {
        name: "a zombie drives a saga beside its successor",
        is_here: |state| {
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
        is_here: |state| {
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

/// The reachability assertions that were come by so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReachedAssertions([bool; REACHABILITY_ASSERTIONS.len()]);

impl ReachedAssertions {
    /// Looks around.
    pub fn look(&mut self, state: &State) {
        for (seen, assertion) in self.0.iter_mut().zip(&REACHABILITY_ASSERTIONS) {
            *seen = *seen || (assertion.is_here)(state);
        }
    }

    /// The names of those that were not come by.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let all = self.0.iter().zip(&REACHABILITY_ASSERTIONS);
        all.filter(|(seen, _)| !**seen)
            .map(|(_, assertion)| assertion.name)
            .collect()
    }
}

fn any_saga(state: &State, is_it: impl Fn(&Saga) -> bool) -> bool {
    state.sagas.iter().any(is_it)
}

fn any_step(state: &State, is_it: impl Fn(&StepView) -> bool) -> bool {
    let steps = state.sagas.iter().flat_map(|saga| saga.steps.iter());
    steps.into_iter().any(is_it)
}
