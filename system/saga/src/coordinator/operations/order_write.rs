//! Makes an order durable, and then carries it out.

use std::{sync::Arc, time::Duration};

use crate::{
    coordinator::keyed_mutex::KeyGuard,
    env::Clock,
    executor::Executor,
    id::Epoch,
    log::{LogError, Operation, SagaLog},
    store::{CommitState, StoreError},
};

/// The pause before an order is written again whose commit was not confirmed.
const REPEAT_INTERVAL: Duration = Duration::from_millis(250);

/// An order that is to be written.
pub(super) struct OrderWrite {
    pub(super) log: Arc<dyn SagaLog>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) executor: Executor,
    pub(super) epoch: Epoch,
    pub(super) operation: Operation,
    /// Held until it is known whether the log has the order: the next order about the same must see what this one has done.
    pub(super) _guard: KeyGuard,
}

/// Why an order is not in force.
pub(super) enum Unwritten {
    /// Another coordinator leads.
    Fenced,
    /// The log does not have it.
    Absent(StoreError),
    /// The log may have it, and another coordinator leads. It carries out what the log has.
    Unknown,
    /// The saga has left the status that the order is based on. The log does not have the order.
    Moved,
    /// The log takes no orders.
    NoOrders,
}

impl OrderWrite {
    /// Writes until it is known whether the log has the order. It is in force from then on, here as in the log.
    pub(super) async fn run(self) -> Result<i64, Unwritten> {
        let log = self.log.operations().ok_or(Unwritten::NoOrders)?;
        let mut in_doubt = false;
        while !self.executor.is_stopped() {
            match log
                .operate(self.epoch, self.clock.now(), &self.operation)
                .await
            {
                Ok(None) => return Err(Unwritten::Moved),
                Ok(Some(number)) => {
                    self.tell(number);
                    self.executor.controls().apply(&self.operation.order);
                    return Ok(number);
                }
                Err(LogError::Fenced { .. }) => {
                    self.executor.fence();
                    break;
                }
                Err(LogError::Store(error)) => {
                    in_doubt |= error.commit_state() == CommitState::Unknown;
                    if !in_doubt {
                        return Err(Unwritten::Absent(error));
                    }
                    tracing::warn!(%error, "the order of an operator was not confirmed; writing it again");
                }
            }
            tokio::time::sleep(REPEAT_INTERVAL).await;
        }
        Err(match in_doubt {
            true => Unwritten::Unknown,
            false => Unwritten::Fenced,
        })
    }

    fn tell(&self, number: i64) {
        let operation = &self.operation;
        let target = operation.order.target();
        tracing::info!(
            audit = number,
            actor = operation.actor,
            action = operation.order.action(),
            scope = target.scope(),
            target = target.target(),
            reason = operation.reason,
            "an operator gave an order"
        );
    }
}
