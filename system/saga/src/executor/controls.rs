//! What operators have ordered: to undo a saga, to complete it, to try again now, and to send nothing for a while.
//!
//! The saga log has the orders; see [`OperationLog`](crate::log::OperationLog). This is their copy in memory, for the tasks. A task
//! looks at its own orders when something happens to its saga, and is woken only while it waits for a pause to end. So a saga
//! without an order pays for one atomic read a request.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::{Notify, futures::Notified};

use crate::{
    id::SagaId,
    log::{Direction, OpenOrders, Order, PauseOf},
};

/// The orders that concern open sagas.
#[derive(Default)]
pub struct Controls {
    orders: Mutex<OpenOrders>,
    /// How often each saga was told to try again now. Not durable: after a restart every saga is tried at once.
    retries: Mutex<BTreeMap<SagaId, u64>>,
    /// How many orders were given about each saga since this leader began.
    given: Mutex<BTreeMap<SagaId, u64>>,
    /// Whether there is any order at all. Most of the time there is none.
    is_any: AtomicBool,
    /// Wakes the tasks that wait for a pause to end, in the order in which they began to wait. The simulator needs that order.
    changed: Notify,
    /// The number of changes, so that no change is missed between a look and a wait.
    changes: AtomicU64,
}

/// What a task must know of the orders now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Orders {
    /// The latest order about the saga's direction.
    pub(super) direction: Option<Direction>,
    /// How often the saga was told to try again now.
    pub(super) retries: u64,
}

impl Controls {
    /// Takes over the orders in the log, before any saga of the log is resumed.
    pub(crate) fn restore(&self, orders: OpenOrders) {
        *self.lock() = orders;
        self.note_change();
    }

    /// Carries out an order that is durable in the log.
    pub(crate) fn apply(&self, order: &Order) {
        if let Order::Retry { saga } = order {
            let mut retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
            *retries.entry(*saga).or_default() += 1;
        }
        if let PauseOf::Saga(saga) = order.target() {
            *self.lock_given().entry(saga).or_default() += 1;
        }
        self.lock().apply(order);
        self.note_change();
    }

    /// How many orders were given about a saga since this leader began.
    pub(crate) fn given(&self, saga: SagaId) -> u64 {
        self.lock_given().get(&saga).copied().unwrap_or_default()
    }

    /// The orders as they are now.
    #[must_use]
    pub fn orders(&self) -> OpenOrders {
        self.lock().clone()
    }

    /// Why nothing is sent of a saga to a service. `None` if nothing is paused.
    #[must_use]
    pub fn pause(&self, saga: SagaId, kind: &str, service: &str) -> Option<PauseOf> {
        match self.is_any.load(Ordering::Acquire) {
            false => None,
            true => self.lock().pause(saga, kind, service),
        }
    }

    /// Why no saga of a kind may start that needs these services.
    #[must_use]
    pub fn pause_of_starts<'s>(
        &self,
        kind: &str,
        services: impl Iterator<Item = &'s str>,
    ) -> Option<PauseOf> {
        match self.is_any.load(Ordering::Acquire) {
            false => None,
            true => self.lock().pause_of_starts(kind, services),
        }
    }

    /// The first kind or service that is paused. `None` if every saga may start.
    #[must_use]
    pub fn first_pause_of_starts(&self) -> Option<PauseOf> {
        match self.is_any.load(Ordering::Acquire) {
            false => None,
            true => self.lock().paused_kinds_and_services().next().cloned(),
        }
    }

    /// What is ordered about a saga.
    pub(super) fn of(&self, saga: SagaId) -> Orders {
        if !self.is_any.load(Ordering::Acquire) {
            return Orders::default();
        }
        let retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        Orders {
            direction: self.lock().direction(saga),
            retries: retries.get(&saga).copied().unwrap_or_default(),
        }
    }

    /// Forgets a saga that has ended.
    pub(super) fn forget(&self, saga: SagaId) {
        if self.is_any.load(Ordering::Acquire) {
            self.lock().forget(saga);
            let mut retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
            retries.remove(&saga);
            self.lock_given().remove(&saga);
        }
    }

    /// The number of changes until now. Take it before a look at the orders, and give it to [`changed`](Self::changed).
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Waits for a change after `seen`.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn changed(&self, seen: u64) {
        loop {
            let notified: Notified<'_> = self.changed.notified();
            // The future takes part from its creation on, so a change between the two lines is not missed.
            if self.changes() != seen {
                return;
            }
            notified.await;
        }
    }

    fn note_change(&self) {
        self.is_any.store(true, Ordering::Release);
        self.changes.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_waiters();
    }

    fn lock_given(&self) -> MutexGuard<'_, BTreeMap<SagaId, u64>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, OpenOrders> {
        // No change of the orders can panic half-way.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
