//! A live coordinator says so, whatever its clients do and whatever its database does.
//!
//! An orchestrator restarts a process that does not answer, and all operations in progress are then in doubt.

use std::{collections::BTreeSet, time::Duration};

use super::{Checker, Findings, Property, fault_windows::FaultWindow};
use crate::plan::{Family, Fault, Host, Plan};

pub(crate) const PROPERTY: Property = Property {
    name: "health-is-answered",
    about: "a live coordinator answers /livez within a second, under any fault of its clients and databases",
    exercised_by: "a prober (`probes_readiness`) that asks a coordinator which no fault can silence",
    kept_by: "the separate path of /livez: neither a limit nor a database can stop it",
};

/// How long a coordinator may take.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// The ways of an exchange over a new connection: there and back for the connection, there and back for the request.
const WAYS: u32 = 4;

/// A request to `/livez`, over a connection of its own.
#[derive(Debug, Clone, Copy)]
pub struct HealthCheck {
    /// The coordinator.
    pub host: Host,
    /// When it was sent.
    pub sent: Duration,
    /// When it ended.
    pub ended: Duration,
    /// Whether it was answered.
    pub is_answered: bool,
}

/// The coordinators that have been seen alive.
pub(crate) struct Health {
    bound: Duration,
    /// Those that have answered since their process started. A process that starts does not listen at once.
    listening: BTreeSet<Host>,
    /// Those that end by themselves, or that a second process may have replaced. They listen no more before they end.
    replaced: BTreeSet<Host>,
}

impl Health {
    /// No coordinator yet.
    pub(super) fn new(plan: &Plan) -> Self {
        let way = Duration::from_millis(plan.timing.tick_millis + plan.timing.latency_max_millis);
        Self {
            bound: ANSWERS_WITHIN + way * WAYS,
            listening: BTreeSet::new(),
            replaced: BTreeSet::new(),
        }
    }

    /// A process has started.
    pub(super) fn started(&mut self, host: Host) {
        self.listening.remove(&host);
        self.replaced.remove(&host);
    }

    /// A process ends by itself. An answer that it gave before may still arrive.
    fn ends(&mut self, host: Host) {
        self.listening.remove(&host);
        self.replaced.insert(host);
    }

    /// A fault fired. The process that it ends is not alive until it has started again.
    pub(super) fn fired(&mut self, fault: &Fault) {
        if let Fault::Crash { host, .. }
        | Fault::UnreadableRow { host, .. }
        | Fault::PowerCut { host, .. }
        | Fault::Restart { host, .. } = fault
        {
            self.listening.remove(host);
        }
        if let Fault::SecondProcess { .. } = fault {
            self.replaced.clone_from(&self.listening);
        }
    }

    fn judge(&mut self, check: &HealthCheck, faults: &[FaultWindow], findings: &mut Findings) {
        let silences = |window: &FaultWindow| {
            may_silence(&window.fault, check.host) && window.overlaps(check.sent, check.ended)
        };
        let is_judged = self.listening.contains(&check.host)
            && !self.replaced.contains(&check.host)
            && !faults.iter().any(silences);
        let took = check.ended.saturating_sub(check.sent);
        if is_judged {
            let holds = check.is_answered && took <= self.bound;
            findings.require(PROPERTY, holds, || {
                let (host, took) = (check.host, took.as_millis());
                match check.is_answered {
                    true => format!("{host} answered /livez after {took} ms"),
                    false => format!("{host} did not answer /livez in {took} ms"),
                }
            });
        }
        if check.is_answered {
            self.listening.insert(check.host);
        }
    }
}

/// Whether a fault may keep a live coordinator from answering: it stops the process, or cuts its link to the clients.
fn may_silence(fault: &Fault, coordinator: Host) -> bool {
    match fault.kind().family() {
        Family::Network => fault.hosts().contains(&Host::CLIENTS),
        Family::Process => {
            matches!(fault, Fault::Zombie { .. } | Fault::SecondProcess { .. })
                || fault.hosts().contains(&coordinator)
        }
        _ => false,
    }
}

impl Checker {
    /// A process ends by itself: it is not alive until it has started again.
    pub fn process_ends(&mut self, host: Host) {
        self.health.ends(host);
    }

    /// A request to `/livez` has ended.
    pub fn health_checked(&mut self, check: &HealthCheck, event: usize) {
        let mut findings = Findings::default();
        if !self.has_healed() {
            let faults = self.fault_windows.all();
            self.health.judge(check, faults, &mut findings);
        }
        self.record(findings, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fault_windows::FaultWindows;

    const HOST: Host = Host::COORDINATOR;

    /// The violations of a check that follows one that was answered.
    fn violations(millis: u64, is_answered: bool, fault: Option<Fault>) -> usize {
        let mut health = Health::new(&Plan::new("x"));
        let mut windows = FaultWindows::default();
        if let Some(fault) = fault {
            windows.fired(&fault, Duration::ZERO);
        }
        let mut findings = Findings::default();
        let check = |millis, is_answered| HealthCheck {
            host: HOST,
            sent: Duration::ZERO,
            ended: Duration::from_millis(millis),
            is_answered,
        };
        health.judge(&check(1, true), windows.all(), &mut findings);
        if let Some(fault) = fault {
            health.fired(&fault);
        }
        health.judge(&check(millis, is_answered), windows.all(), &mut findings);
        findings.violations().len()
    }

    #[test]
    fn an_answer_in_time_is_fine_and_a_late_or_missing_one_is_a_violation() {
        assert_eq!(violations(1_000, true, None), 0);
        assert_eq!(violations(2_000, true, None), 1);
        assert_eq!(violations(100, false, None), 1, "the connection was closed");
    }

    #[test]
    fn a_process_that_is_down_or_paused_is_not_judged() {
        let (host, millis) = (HOST, 5_000);
        let down_millis = millis;
        for fault in [
            Fault::Crash { host, down_millis },
            Fault::Pause { host, millis },
        ] {
            assert_eq!(violations(2_000, false, Some(fault)), 0);
        }
    }

    /// It notices later that it was replaced, perhaps when the other process is gone. Then it finishes its requests and listens no more.
    #[test]
    fn a_process_that_was_replaced_is_not_judged_until_it_has_started_again() {
        let mut health = Health::new(&Plan::new("x"));
        let judge = |health: &mut Health, sent, is_answered| {
            let check = HealthCheck {
                host: HOST,
                sent: Duration::from_secs(sent),
                ended: Duration::from_secs(sent),
                is_answered,
            };
            let mut findings = Findings::default();
            health.judge(&check, &[], &mut findings);
            findings.violations().len()
        };
        judge(&mut health, 1, true);
        health.fired(&Fault::SecondProcess { millis: 44 });
        assert_eq!(judge(&mut health, 2, true), 0);
        assert_eq!(judge(&mut health, 3, false), 0);
        health.started(HOST);
        judge(&mut health, 4, true);
        assert_eq!(judge(&mut health, 5, false), 1);
        health.ends(HOST);
        judge(&mut health, 6, true);
        assert_eq!(
            judge(&mut health, 7, false),
            0,
            "a late answer does not revive it"
        );
    }

    #[test]
    fn a_fault_of_the_database_or_of_a_client_is_no_excuse() {
        let (host, millis) = (HOST, 5_000);
        for fault in [Fault::Hang { host, millis }, Fault::WithheldBody { millis }] {
            assert_eq!(violations(2_000, false, Some(fault)), 1);
        }
    }
}
