//! Which actions can happen in a state of the model of retention, and where each leads.

use likewise_barrier::{SagaId, is_stale};
use likewise_protocol::Op;
use uuid::Uuid;

use super::{RetentionAction, RetentionModel, RetentionState};
use crate::{
    Action, State, Step,
    action::COMPENSATION_APPLIES,
    service::{Address, possible_refusals},
    state::Coordinator,
};

/// The saga, and a watermark above it.
const SAGA: SagaId = SagaId(Uuid::from_u128(1));
const ABOVE: SagaId = SagaId(Uuid::from_u128(2));

type Steps = Vec<Step<RetentionState, RetentionAction>>;

impl RetentionModel {
    /// What happens in the pair's model. A service answers no request of a stale saga: the coordinator that gets such a reply goes
    /// on as if it had got none.
    pub(super) fn steps_of_saga(&self, from: &RetentionState, to: &mut Steps) {
        let mut steps = Vec::new();
        self.pair.all_steps(&from.saga, &mut steps);
        for step in steps {
            if let Action::Serve { at, .. } = step.action
                && self.is_stale(from, at.step)
            {
                continue;
            }
            to.push(Step {
                action: RetentionAction::Saga(step.action),
                to: RetentionState {
                    saga: step.to,
                    ..*from
                },
                broken: step.broken,
            });
        }
    }

    /// The rule of the product, over the stored watermark.
    fn is_stale(&self, from: &RetentionState, step: usize) -> bool {
        is_stale(SAGA, from.stored[step].then_some(ABOVE))
    }

    /// A leader publishes once the saga has ended, and proves its epoch in the log before.
    ///
    /// One that proves nothing publishes what it knows. It may be a zombie that does not know of the saga, because its successor
    /// has started it.
    pub(super) fn publish_steps(&self, from: &RetentionState, coordinator: usize, to: &mut Steps) {
        let saga = from.saga.sagas[0];
        let has_ended = saga.row.is_some() && !saga.is_open();
        let coordinator_state = from.saga.coordinators[coordinator];
        let knows_of_none =
            coordinator_state != Coordinator::Down && coordinator_state.driver(0).is_none();
        let may_publish = match coordinator_state.is_current() {
            true => has_ended || (!self.protocol.rising_ids && saga.row.is_none()),
            false => !self.protocol.fence && knows_of_none,
        };
        if may_publish && !from.is_published {
            let action = RetentionAction::Publish { coordinator };
            self.push(
                action,
                RetentionState {
                    is_published: true,
                    ..*from
                },
                to,
            );
        }
    }

    /// What the service of a step does with a publication: it stores the watermark, then it deletes the row.
    ///
    /// A transaction that began earlier is one that begins last before the watermark is stored: a request has no effect before its
    /// transaction is committed.
    pub(super) fn service_steps(&self, from: &RetentionState, step: usize, to: &mut Steps) {
        if !from.is_published {
            return;
        }
        if !from.stored[step] {
            let mut stored = *from;
            stored.stored[step] = true;
            self.push(RetentionAction::Store { step }, stored, to);
            for op in [Op::Do, Op::Seal, Op::Undo] {
                if from.slow.is_none() && from.saga.sagas[0].steps[step].requests.has(op) {
                    let slow = Some((step, op));
                    self.push(
                        RetentionAction::Begin { step, op },
                        RetentionState { slow, ..*from },
                        to,
                    );
                }
            }
        }
        let is_waited_for = from.slow.is_some_and(|(slow, _)| slow == step) && self.protocol.wait;
        let may_delete = from.stored[step] || !self.protocol.refuse_first;
        if may_delete && !is_waited_for && from.saga.sagas[0].steps[step].row.is_some() {
            let mut deleted = *from;
            let row = &mut deleted.saga.sagas[0].steps[step];
            (row.row, row.removed) = (None, None);
            self.push(RetentionAction::Delete { step }, deleted, to);
        }
    }

    /// The transaction that began before the watermark was stored finds the row as it is now.
    pub(super) fn commit_steps(&self, from: &RetentionState, to: &mut Steps) {
        let Some((step, op)) = from.slow else { return };
        let at = Address { saga: 0, step };
        for &refuse in possible_refusals(&from.saga, at, op) {
            let action = RetentionAction::Commit { refuse };
            let ended = |saga: State| RetentionState {
                saga,
                slow: None,
                ..*from
            };
            match self
                .pair
                .apply(&from.saga, Action::Serve { at, op, refuse })
            {
                Ok(served) => self.push(action, ended(served), to),
                Err(_) => to.push(Step {
                    action,
                    to: ended(from.saga),
                    broken: Some(COMPENSATION_APPLIES),
                }),
            }
        }
    }

    fn push(&self, action: RetentionAction, after: RetentionState, to: &mut Steps) {
        let (saga, _) = self.pair.canonical(after.saga);
        to.push(Step {
            action,
            to: RetentionState { saga, ..after },
            broken: None,
        });
    }
}
