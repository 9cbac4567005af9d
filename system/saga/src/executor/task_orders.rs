//! How the task of a saga obeys operators.

use super::{attempts::Attempts, core::Core, saga_task::SagaTask};
use crate::{id::StepIndex, log::Direction, protocol::Event};

impl SagaTask {
    /// Takes note of new orders. Returns what an order about the saga's direction means to the rules. After an order the next
    /// requests are sent at once.
    pub(super) fn hear_orders(
        &mut self,
        core: &Core,
        attempts: &mut Attempts<'_>,
    ) -> Option<Event> {
        let orders = core.controls.of(self.id);
        let before = std::mem::replace(&mut self.heard, orders);
        if before.retries != orders.retries {
            attempts.end_pauses();
        }
        let direction = orders
            .direction
            .filter(|_| before.direction != orders.direction)?;
        attempts.end_pauses();
        attempts.begin_anew();
        Some(match direction {
            Direction::Abort => Event::AbortOrdered,
            Direction::ForceComplete => Event::ForceOrdered,
        })
    }

    /// Whether an operator wants that nothing is sent now. Replies to what was sent before still count.
    pub(super) fn is_paused(&self, core: &Core, step: StepIndex) -> bool {
        let kind = core.kinds.counts.name(self.kind);
        let service = self.step(step).service;
        core.controls.pause(self.id, kind, service).is_some()
    }
}
