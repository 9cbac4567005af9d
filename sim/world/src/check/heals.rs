//! Once no fault acts any more, an open saga ends within the time that follows from the configuration.
//!
//! `every-saga-ends` has the run's own limit, which is generous. Something slow, for example a saga that only a scan finds, must
//! not hide behind it.

use std::{collections::BTreeMap, time::Duration};

use likewise_saga::{
    coordinator::{Product, heals_within},
    protocol::Status,
};
use uuid::Uuid;

use super::{Delta, Findings, Property, fault_windows::over, orders_in_force::OrdersInForce};
use crate::{
    plan::{Fault, Host, Plan},
    process::coordinator_config::coordinator_config,
};

pub(crate) const PROPERTY: Property = Property {
    name: "heals-within-bound",
    about: "once no fault acts any more, an open saga ends within the time that follows from the configuration",
    exercised_by: "a saga that ends while no fault acts",
    kept_by: "the longest pause between two retries: once the faults are over, the next try is near",
};

/// A process that is down starts at once, and tries again twice a second if its start failed.
const START: Duration = Duration::from_secs(1);

/// The open sagas, and until when faults act.
pub(crate) struct Heals {
    bound: Duration,
    quiet_from: Duration,
    /// The open sagas, and when they began.
    open: BTreeMap<Uuid, Duration>,
}

impl Heals {
    pub(super) fn new(plan: &Plan, product: &Product) -> Self {
        let config = coordinator_config(plan, Host::COORDINATOR);
        Self {
            // A statement that is silent is still waited for, by the step and then by the log.
            bound: START + plan.timing.statement_timeout() * 2 + heals_within(&config, product),
            quiet_from: Duration::ZERO,
            open: BTreeMap::new(),
        }
    }

    pub(super) fn fired(&mut self, fault: &Fault, now: Duration) {
        let quiet_from = match fault {
            // The row is restored, and the clock is right, when the run heals.
            Fault::UnreadableRow { .. } | Fault::ClockJump { .. } => Duration::MAX,
            _ => over(fault, now),
        };
        self.quiet_from = self.quiet_from.max(quiet_from);
    }

    /// Every fault has ended.
    pub(super) fn healed(&mut self, now: Duration) {
        self.quiet_from = self.quiet_from.min(now);
    }

    /// After an order the time of a saga begins anew.
    pub(super) fn changed(
        &mut self,
        delta: &Delta,
        orders: &OrdersInForce,
        now: Duration,
        findings: &mut Findings,
    ) {
        let Delta::Saga { saga, after, .. } = delta else {
            return;
        };
        if after.is_some_and(Status::is_open) {
            self.open.entry(*saga).or_insert(now);
        } else if let Some(began) = self.open.remove(saga) {
            self.judge(began.max(orders.last(saga)), now, findings);
        }
    }

    pub(super) fn at_rest(
        &mut self,
        orders: &OrdersInForce,
        now: Duration,
        findings: &mut Findings,
    ) {
        for (saga, began) in self.open.iter().filter(|(saga, _)| !orders.is_paused(saga)) {
            let began = (*began).max(orders.last(saga));
            // A saga that still has time says nothing yet.
            if now > self.bound + self.quiet_from.max(began) {
                self.judge(began, now, findings);
            }
        }
    }

    fn judge(&self, began: Duration, now: Duration, findings: &mut Findings) {
        let from = self.quiet_from.max(began);
        // While a fault acts, an end says nothing.
        let Some(took) = now.checked_sub(from) else {
            return;
        };
        findings.require(PROPERTY, took <= self.bound, || {
            let (took, bound) = (took.as_millis(), self.bound.as_millis());
            format!(
                "a saga was open for {took} ms although no fault acted, and may be for {bound} ms"
            )
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{CheckedSystem, samples::*},
        plan::SagaColumn,
    };

    const SAGA: u128 = 1;

    /// How often a saga was judged that ends after so many times its bound, or never, and how often it was a violation. A
    /// fault acts for one bound from its begin on, unless all is healed before.
    fn judged(ends_after: Option<u32>, has_fault: bool, is_healed: bool) -> (usize, usize) {
        let orders = OrdersInForce::default();
        let mut heals = Heals::new(&Plan::new("x"), SHOP.product());
        let bound = heals.bound;
        let mut observed = observed(Host::COORDINATOR, &[]);
        let mut findings = Findings::default();
        for delta in observed.apply(Host::COORDINATOR, &[saga(SAGA, 0, 1)]) {
            heals.changed(&delta, &orders, Duration::ZERO, &mut findings);
        }
        if has_fault {
            let millis = u64::try_from(bound.as_millis()).unwrap();
            let host = TILL;
            heals.fired(&Fault::Outage { host, millis }, Duration::ZERO);
        }
        if is_healed {
            heals.healed(Duration::ZERO);
        }
        if let Some(times) = ends_after {
            for delta in observed.apply(Host::COORDINATOR, &[saga(SAGA, 1, 1)]) {
                heals.changed(&delta, &orders, bound * times, &mut findings);
            }
        }
        heals.at_rest(&orders, bound * 4, &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn a_saga_that_ends_at_the_bound_is_fine_and_a_later_end_or_none_is_a_violation() {
        assert_eq!(judged(Some(1), false, false), (1, 0));
        assert_eq!(judged(Some(2), false, false), (1, 1));
        assert_eq!(judged(None, false, false), (1, 1));
    }

    #[test]
    fn a_damaged_row_acts_until_it_is_restored() {
        let mut heals = Heals::new(&Plan::new("x"), SHOP.product());
        let host = Host::COORDINATOR;
        let (column, down_millis) = (SagaColumn::Args, 1);
        let damage = Fault::UnreadableRow {
            host,
            column,
            down_millis,
        };
        heals.fired(&damage, Duration::ZERO);
        let mut findings = Findings::default();
        heals.judge(Duration::ZERO, heals.bound * 2, &mut findings);
        assert_eq!(findings.exercised.len(), 0, "it is not judged yet");
        heals.healed(heals.bound);
        heals.judge(Duration::ZERO, heals.bound * 3, &mut findings);
        assert_eq!(findings.violations().len(), 1);
    }

    #[test]
    fn the_time_of_a_saga_counts_from_the_end_of_the_last_fault() {
        assert_eq!(judged(Some(0), true, false), (0, 0));
        assert_eq!(judged(Some(2), true, false), (1, 0));
        assert_eq!(judged(Some(3), true, false), (1, 1));
        assert_eq!(judged(Some(2), true, true), (1, 1));
    }
}
