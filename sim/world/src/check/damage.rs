//! One row of the saga log that cannot be read stops no other saga and no new operation.
//!
//! It is judged until the run heals, if no other fault disturbs the coordinator after it has started again.

use std::{collections::BTreeSet, time::Duration};

use uuid::Uuid;

use super::{
    Checker, Findings, Nouns, ObservedState, Property,
    fault_windows::{FaultWindow, disturb},
    orders_in_force::OrdersInForce,
    recovers::{OperationTry, has_no_outcome},
};
use crate::plan::Plan;

pub(crate) const PROPERTY: Property = Property {
    name: "bad-row-stops-no-other",
    about: "after a start with one unreadable row, all other sagas end and new operations succeed",
    exercised_by: "`unreadable-row` alone, while other sagas are open or operations follow",
    kept_by: "the recovery row by row: a row that cannot be read parks its own saga only",
};

/// The damaged row of a run, and what must go on in spite of it.
pub(crate) struct Damage {
    nouns: Nouns,
    /// The time after which operations must succeed.
    recovery: Duration,
    /// The time after which the other sagas must have ended.
    ends_within: Duration,
    /// Whether the coordinator refuses no operation because of its limits.
    is_judged: bool,
    row: Option<DamagedRow>,
}

struct DamagedRow {
    /// What the saga locks, as the row says.
    lock_key: String,
    since: Duration,
    /// The other sagas that were open.
    others: BTreeSet<Uuid>,
}

impl Damage {
    /// No damage yet.
    pub(super) fn new(plan: &Plan, nouns: Nouns) -> Self {
        let step = Duration::from_millis(plan.timing.step_timeout_millis);
        let deadline = Duration::from_millis(plan.timing.saga_deadline_millis);
        let recovery = plan.timing.statement_timeout() + step * 2;
        Self {
            nouns,
            recovery,
            // A saga past its deadline is sealed and compensated, each in a few attempts.
            ends_within: recovery * 2 + deadline,
            is_judged: plan.limits.are_wide(),
            row: None,
        }
    }

    /// A client has tried an operation. It is judged if it needs another lock than the damaged saga has.
    fn judge_try(&self, tried: &OperationTry, faults: &[FaultWindow], findings: &mut Findings) {
        let Some(row) = self.row.as_ref().filter(|_| self.is_judged) else {
            return;
        };
        let is_late = tried.sent >= row.since + self.recovery;
        let is_other = row.lock_key != tried.lock_key && is_late;
        let from = tried.sent.saturating_sub(self.recovery);
        // A client that got no answer may have left early.
        let Some(status) = tried.status.filter(|_| is_other) else {
            return;
        };
        if !disturb(faults, from, tried.ended) {
            findings.require(PROPERTY, !has_no_outcome(status), || {
                let after = tried.sent.saturating_sub(row.since).as_millis();
                let operation = self.nouns.operation;
                format!("{operation} {after} ms after a start with an unreadable row got {status}")
            });
        }
    }

    /// The row is about to be restored: the other sagas must have ended without that.
    pub(super) fn judge_sagas(
        &self,
        observed: &ObservedState,
        (faults, orders): (&[FaultWindow], &OrdersInForce),
        now: Duration,
        findings: &mut Findings,
    ) {
        let Some(row) = &self.row else { return };
        // The kill of the coordinator itself is over: it has started again.
        let from = row.since + Duration::from_nanos(1);
        if now < row.since + self.ends_within || disturb(faults, from, now) {
            return;
        }
        let is_open = |saga: &&Uuid| {
            let is_open = observed.sagas.get(*saga).is_some_and(|saga| saga.is_open());
            is_open && orders.last(saga) == Duration::ZERO
        };
        let open = row.others.iter().filter(is_open).count();
        if !row.others.is_empty() {
            findings.require(PROPERTY, open == 0, || {
                format!("{open} other sagas are open because of one unreadable row")
            });
        }
    }
}

impl Checker {
    /// Somebody has damaged the row of a saga with this lock, and the coordinator starts.
    pub fn row_damaged(&mut self, saga: Uuid, lock_key: String, now: Duration) {
        let open = self.observed.sagas.iter().filter(|(_, it)| it.is_open());
        let others = open.map(|(id, _)| *id).filter(|id| *id != saga);
        self.damage.row = Some(DamagedRow {
            lock_key,
            since: now,
            others: others.collect(),
        });
    }

    pub(super) fn judge_after_damage(&self, tried: &OperationTry, findings: &mut Findings) {
        let faults = self.fault_windows.all();
        if !self.has_healed() {
            self.damage.judge_try(tried, faults, findings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{CheckedSystem, fault_windows::FaultWindows, samples::*},
        plan::{Fault, Host},
    };

    const SECOND: Duration = Duration::from_secs(1);

    fn damage() -> Damage {
        let mut damage = Damage::new(&Plan::new("x"), SHOP.nouns());
        damage.row = Some(DamagedRow {
            lock_key: "1".to_owned(),
            since: SECOND,
            others: BTreeSet::from([Uuid::from_u128(2)]),
        });
        damage
    }

    /// How often an operation that needs this lock was judged, and how often it was a violation.
    fn tried(lock_key: &str, status: Option<u16>, other: Option<Fault>) -> (usize, usize) {
        let mut windows = FaultWindows::default();
        if let Some(other) = other {
            windows.fired(&other, SECOND);
        }
        let tried = OperationTry {
            lock_key: lock_key.to_owned(),
            sent: SECOND * 10,
            ended: SECOND * 11,
            status,
        };
        let mut findings = Findings::default();
        damage().judge_try(&tried, windows.all(), &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn an_operation_that_needs_another_lock_must_succeed() {
        assert_eq!(tried("2", Some(200), None), (1, 0));
        assert_eq!(tried("2", Some(503), None), (1, 1));
        assert_eq!(tried("2", Some(202), None), (1, 1));
        assert_eq!(tried("1", Some(503), None), (0, 0), "its saga is damaged");
        let (host, millis) = (TILL, 10_000);
        let outage = Fault::Outage { host, millis };
        assert_eq!(tried("2", Some(503), Some(outage)), (0, 0));
    }

    #[test]
    fn every_other_saga_must_have_ended_when_the_row_is_restored() {
        for (status, violations) in [(1, 0), (3, 0), (0, 1), (2, 1)] {
            let sagas = [saga(1, 0, 1), saga(2, status, 1)];
            let observed = observed(Host::COORDINATOR, &sagas);
            let mut findings = Findings::default();
            let quiet = (&[][..], &OrdersInForce::default());
            damage().judge_sagas(&observed, quiet, SECOND * 60, &mut findings);
            assert_eq!(findings.violations().len(), violations, "status {status}");
        }
    }
}
