//! When orders may explain that a saga or an operation takes longer than it may without them.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use likewise_saga::protocol::Status;
use uuid::Uuid;

use super::{Delta, OrderAction};

/// The orders of a run, by time.
#[derive(Default)]
pub(crate) struct OrdersInForce {
    /// The open sagas that are paused.
    paused: BTreeSet<Uuid>,
    /// The open sagas that were given a direction.
    directed: BTreeSet<Uuid>,
    /// The sagas that were ever told to complete.
    forced: BTreeSet<Uuid>,
    /// When each saga was given its last order.
    last: BTreeMap<Uuid, Duration>,
    /// When the last order of all was given.
    last_of_all: Option<Duration>,
}

impl OrdersInForce {
    pub(super) fn changed(&mut self, delta: &Delta, now: Duration) {
        match delta {
            Delta::Ordered { saga, action, .. } => {
                let (Some(saga), Some(action)) = (*saga, *action) else {
                    return;
                };
                // How an order ended is no order, and comes with the end of its saga.
                if action == OrderAction::Settled {
                    return;
                }
                self.last.insert(saga, now);
                self.last_of_all = Some(now);
                match action {
                    OrderAction::Pause => drop(self.paused.insert(saga)),
                    OrderAction::Resume => drop(self.paused.remove(&saga)),
                    OrderAction::Abort => drop(self.directed.insert(saga)),
                    OrderAction::ForceComplete => {
                        self.directed.insert(saga);
                        self.forced.insert(saga);
                    }
                    OrderAction::Retry | OrderAction::Settled => {}
                }
            }
            Delta::Saga { saga, after, .. } if !after.is_some_and(Status::is_open) => {
                self.paused.remove(saga);
                self.directed.remove(saga);
            }
            _ => {}
        }
    }

    /// Whether a saga is paused.
    pub(super) fn is_paused(&self, saga: &Uuid) -> bool {
        self.paused.contains(saga)
    }

    /// Whether the deadline of a saga was waived.
    pub(super) fn is_forced(&self, saga: &Uuid) -> bool {
        self.forced.contains(saga)
    }

    /// When a saga was given its last order. Zero if it never was.
    pub(super) fn last(&self, saga: &Uuid) -> Duration {
        self.last.get(saga).copied().unwrap_or_default()
    }

    /// Whether an order was given from `from` to now, or is in force now.
    pub(super) fn disturb(&self, from: Duration) -> bool {
        let is_any = !self.paused.is_empty() || !self.directed.is_empty();
        is_any || self.last_of_all.is_some_and(|last| last >= from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_lasts_until_it_is_resumed_and_an_order_disturbs_for_a_while() {
        let saga = Uuid::from_u128(1);
        let order = |action| Delta::Ordered {
            number: 1,
            saga: Some(saga),
            action: Some(action),
        };
        let second = Duration::from_secs(1);
        let mut orders = OrdersInForce::default();
        assert!(!orders.disturb(Duration::ZERO));
        orders.changed(&order(OrderAction::Pause), second);
        assert!(orders.is_paused(&saga) && orders.disturb(second * 5));
        orders.changed(&order(OrderAction::Resume), second * 2);
        assert!(!orders.is_paused(&saga));
        assert!(orders.disturb(second * 2) && !orders.disturb(second * 3));
        assert_eq!(orders.last(&saga), second * 2);
        orders.changed(&order(OrderAction::ForceComplete), second * 3);
        assert!(orders.is_forced(&saga) && orders.disturb(second * 9));
        let ended = Delta::Saga {
            saga,
            before: Some(Status::Running),
            after: Some(Status::Completed),
            epochs: (Some(1), 1),
            left: None,
        };
        orders.changed(&ended, second * 4);
        assert!(!orders.disturb(second * 9));
    }
}
