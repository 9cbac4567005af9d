//! After one database connection has gone silent while others work, operations succeed again within a stated time.
//!
//! An operation is judged if it was sent later than that, and no other fault could affect it: none fired while it was in
//! progress, and the effects of earlier ones are over.

use std::time::Duration;

use super::{Checker, Findings, Nouns, Property, fault_windows::over};
use crate::plan::{Fault, Name, Plan};

pub(crate) const PROPERTY: Property = Property {
    name: "recovers-after-silence",
    about: "soon after one connection has gone silent and others work, operations succeed again",
    exercised_by: "`silent-connection` alone, and operations that are sent some time after it",
    kept_by: "the statement time-out: a silent connection is given up, and others take its work",
};

/// Whether an answer with this status leaves its operation without an outcome: 503 if a service could not carry it out, and 202
/// if it was not settled in time. Other statuses are answers, also the 500 of one that was undone.
pub(super) fn has_no_outcome(status: u16) -> bool {
    [202, 503].contains(&status)
}

/// One request of an operation, as its client saw it.
#[derive(Debug, Clone)]
pub struct OperationTry {
    /// What a saga of the operation locks while it is open, as the saga log stores it.
    pub lock_key: String,
    /// When it was sent.
    pub sent: Duration,
    /// When it ended.
    pub ended: Duration,
    /// The status of the answer. `None` if there was none.
    pub status: Option<u16>,
}

/// The silences of a run, and the other faults around them.
pub(crate) struct Silences {
    nouns: Nouns,
    /// The time after which operations must succeed again.
    recovery: Duration,
    /// The time limit of the answer to an operation.
    answer: Duration,
    /// Whether the coordinator refuses no operation because of its limits.
    is_judged: bool,
    /// When a connection went silent last.
    silent_since: Option<Duration>,
    /// Until when other faults may have an effect.
    disturbed_until: Duration,
}

impl Silences {
    /// No silence yet. The statement is given up first, then the requests that waited for it; with several coordinators,
    /// another one may have to take over.
    pub(super) fn new(plan: &Plan, nouns: Nouns) -> Self {
        let step = Duration::from_millis(plan.timing.step_timeout_millis);
        let takeover = match plan.topology.replicas(Name::COORDINATOR) {
            1 => Duration::ZERO,
            _ => Duration::from_millis(plan.timing.saga_deadline_millis),
        };
        Self {
            nouns,
            recovery: plan.timing.statement_timeout() + step * 2 + takeover,
            answer: plan.timing.answer_timeout(),
            is_judged: plan.limits.are_wide(),
            silent_since: None,
            disturbed_until: Duration::ZERO,
        }
    }

    /// A fault fired.
    pub(super) fn fired(&mut self, fault: &Fault, now: Duration) {
        match fault {
            Fault::SilentConnection => self.silent_since = Some(now),
            _ => {
                let until = over(fault, now).saturating_add(self.recovery);
                self.disturbed_until = self.disturbed_until.max(until);
            }
        }
    }

    /// A client has sent an operation, and got an answer or none.
    pub(super) fn tried(&self, operation: &OperationTry, findings: &mut Findings) {
        let OperationTry {
            sent,
            ended,
            status,
            ..
        } = *operation;
        let Some(silent_since) = self.silent_since.filter(|_| self.is_judged) else {
            return;
        };
        let must_succeed = sent >= silent_since + self.recovery && sent >= self.disturbed_until;
        let took = ended.saturating_sub(sent);
        // A client that left early knows nothing.
        let is_known = status.is_some() || took > self.answer;
        if must_succeed && is_known {
            let succeeds = status.is_some_and(|status| !has_no_outcome(status));
            findings.require(PROPERTY, succeeds, || {
                let after = sent.saturating_sub(silent_since).as_millis();
                let got = match status {
                    Some(status) => format!("{status}"),
                    None => "no answer".to_owned(),
                };
                let operation = self.nouns.operation;
                format!("{operation} {after} ms after a connection went silent got {got}")
            });
        }
    }
}

impl Checker {
    /// A fault fired.
    pub fn fault_fired(&mut self, fault: &Fault, now: Duration) {
        self.silences.fired(fault, now);
        self.open_requests.fired(fault, now);
        self.timed.fault_fired(fault, self.observed.holder, now);
        self.fault_windows.fired(fault, now);
        self.health.fired(fault);
    }

    /// A client has sent an operation, and got an answer or none.
    pub fn operation_tried(&mut self, operation: &OperationTry, event: usize) {
        let mut findings = Findings::default();
        let from = operation.sent.saturating_sub(self.silences.recovery);
        if !self.timed.orders.disturb(from) {
            self.silences.tried(operation, &mut findings);
            self.judge_after_damage(operation, &mut findings);
        }
        self.record(findings, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{
        CheckedSystem,
        samples::{SHOP, TILL},
    };

    const SECOND: Duration = Duration::from_secs(1);

    /// How often an operation with this status was judged, and how often it was a violation. The connection goes silent after
    /// one second, the operation is sent at `sent`.
    fn judged(sent: Duration, status: Option<u16>, other: Option<Fault>) -> (usize, usize) {
        let mut silences = Silences::new(&Plan::new("x"), SHOP.nouns());
        if let Some(other) = other {
            silences.fired(&other, Duration::ZERO);
        }
        silences.fired(&Fault::SilentConnection, SECOND);
        let mut findings = Findings::default();
        let operation = OperationTry {
            lock_key: String::new(),
            sent,
            ended: sent + SECOND,
            status,
        };
        silences.tried(&operation, &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn an_operation_that_succeeds_is_fine_and_one_that_fails_is_a_violation() {
        assert_eq!(judged(SECOND * 10, Some(200), None), (1, 0));
        assert_eq!(judged(SECOND * 10, Some(409), None), (1, 0));
        assert_eq!(judged(SECOND * 10, Some(503), None), (1, 1));
        assert_eq!(judged(SECOND * 10, Some(202), None), (1, 1));
    }

    #[test]
    fn an_operation_too_soon_or_of_an_impatient_client_is_not_judged() {
        assert_eq!(judged(SECOND * 2, Some(503), None), (0, 0));
        assert_eq!(judged(SECOND * 10, None, None), (0, 0));
    }

    #[test]
    fn an_operation_under_another_fault_is_not_judged() {
        let outage = Fault::Outage {
            host: TILL,
            millis: 9_000,
        };
        assert_eq!(judged(SECOND * 10, Some(503), Some(outage)), (0, 0));
        assert_eq!(judged(SECOND * 20, Some(503), Some(outage)), (1, 1));
    }
}
