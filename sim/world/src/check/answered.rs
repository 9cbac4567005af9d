//! Every operation is answered within the coordinator's time limit, whatever fails.
//!
//! The time is measured at the coordinator, from the arrival of a request to its answer. What the network does to either
//! is not the coordinator's fault. Neither is a pause of its process: such a request is not judged.

use std::{collections::BTreeMap, time::Duration};

use likewise_saga::{coordinator::pause_longest, http::Limits};

use super::{Checker, Findings, Nouns, Property};
use crate::{
    plan::{Family, Fault, Host, Name, Plan},
    process::coordinator_config::coordinator_config,
};

pub(crate) const PROPERTY: Property = Property {
    name: "answered-within-bound",
    about: "a coordinator answers every operation within its time limit, under any fault",
    exercised_by: "an operation that arrives at a coordinator and that `Requests::is_operation` knows",
    kept_by: "the answer time-out of the coordinator, which runs from the arrival of a request",
};

/// What a standby adds to the time limit of the leader, for the network.
const FORWARDING: Duration = Duration::from_secs(1);
/// Events have the time of a tick, and the last answers of a batch leave together.
const TICKS: u32 = 10;
/// How long an operation whose client has left may take to appear in the saga log: its start may be queued behind another append.
const START_WITHIN: Duration = Duration::from_millis(100);

/// So many failures in a row that the pause after them is the longest.
const FAILURES_MANY: u32 = 100;

/// The operations that have arrived at a coordinator and are not answered.
pub(crate) struct OpenRequests {
    nouns: Nouns,
    bound: Duration,
    /// The bound of a request whose body does not arrive: the server's own.
    arrival_bound: Duration,
    open: BTreeMap<u64, OpenRequest>,
    last: u64,
    /// When the last request ended without an answer, or with one that may leave its outcome in doubt.
    dropped_at: Option<Duration>,
    /// Until when a fault may have failed the starts of sagas. `None` before the first such fault.
    starts_fail_until: Option<Duration>,
    /// The longest pause before a start that failed is tried again.
    start_pause: Duration,
}

struct OpenRequest {
    host: Host,
    bound: Duration,
    arrived: Duration,
    /// Whether the process was paused since.
    was_paused: bool,
}

impl OpenRequests {
    /// No request yet. The bound is that of the plan's configuration.
    pub(super) fn new(plan: &Plan, nouns: Nouns) -> Self {
        let forwarding = match plan.topology.replicas(Name::COORDINATOR) {
            1 => Duration::ZERO,
            _ => FORWARDING,
        };
        let tick = Duration::from_millis(plan.timing.tick_millis);
        Self {
            nouns,
            arrival_bound: Limits::default().arrival + tick * TICKS,
            bound: plan.timing.answer_timeout() + forwarding + tick * TICKS,
            open: BTreeMap::new(),
            last: 0,
            dropped_at: None,
            starts_fail_until: None,
            start_pause: pause_longest(&coordinator_config(plan, Host::COORDINATOR), FAILURES_MANY),
        }
    }

    /// A request has arrived. Returns its number.
    pub(super) fn arrived(&mut self, host: Host, has_body: bool, now: Duration) -> u64 {
        self.last += 1;
        let request = OpenRequest {
            host,
            // A client that declares a body withholds it.
            bound: match has_body {
                true => self.arrival_bound.max(self.bound),
                false => self.bound,
            },
            arrived: now,
            was_paused: false,
        };
        self.open.insert(self.last, request);
        self.last
    }

    /// A process is paused.
    pub(super) fn paused(&mut self, host: Host) {
        let of_host = self.open.values_mut().filter(|open| open.host == host);
        of_host.for_each(|open| open.was_paused = true);
    }

    /// A process has started. The requests of the one before it are gone.
    pub(super) fn started(&mut self, host: Host) {
        self.open.retain(|_, open| open.host != host);
    }

    /// The client has left, or the process is gone.
    pub(super) fn dropped(&mut self, request: u64, now: Duration) {
        if self.open.remove(&request).is_some() {
            self.dropped_at = Some(now);
        }
    }

    /// A fault of a database or a disk fails the starts of sagas while it lasts.
    pub(super) fn fired(&mut self, fault: &Fault, now: Duration) {
        let hosts = fault.hosts();
        let is_at_coordinator = hosts.is_empty() || hosts.iter().any(|host| host.is_coordinator());
        if is_at_coordinator && matches!(fault.kind().family(), Family::Database | Family::Disk) {
            let until = now.saturating_add(fault.acts_for());
            self.starts_fail_until = self.starts_fail_until.max(Some(until));
        }
    }

    /// Every fault has ended.
    pub(super) fn healed(&mut self, now: Duration) {
        self.starts_fail_until = self.starts_fail_until.map(|until| until.min(now));
    }

    /// Whether a request may still start a saga.
    ///
    /// The coordinator goes on with a request whose client has left. If a fault failed the start of its saga, the start is
    /// tried again after a pause.
    pub(super) fn may_start_a_saga(&self, now: Duration) -> bool {
        let Some(dropped_at) = self.dropped_at else {
            return !self.open.is_empty();
        };
        let last_start = self
            .last_retry()
            .map_or(dropped_at, |it| it.max(dropped_at));
        !self.open.is_empty() || now <= last_start + START_WITHIN
    }

    /// When the start of a saga that a fault failed is tried again at the latest.
    fn last_retry(&self) -> Option<Duration> {
        Some(self.starts_fail_until? + self.start_pause)
    }

    /// A request is answered. If the answer is that the outcome is in doubt, the start of its saga may still be tried again.
    pub(super) fn answered(&mut self, request: u64, now: Duration, findings: &mut Findings) {
        if let Some(open) = self.open.remove(&request) {
            if self.last_retry().is_some_and(|last| now <= last) {
                self.dropped_at = Some(now);
            }
            self.judge(&open, now, findings);
        }
    }

    /// Nothing is in progress any more, or the run has reached its limit.
    pub(super) fn at_rest(&mut self, now: Duration, findings: &mut Findings) {
        for open in self.open.values() {
            // A request that is still within its bound says nothing yet.
            if now.saturating_sub(open.arrived) > open.bound {
                self.judge(open, now, findings);
            }
        }
    }

    fn judge(&self, open: &OpenRequest, now: Duration, findings: &mut Findings) {
        let took = now.saturating_sub(open.arrived);
        if !open.was_paused {
            findings.require(PROPERTY, took <= open.bound, || {
                let (took, bound) = (took.as_millis(), open.bound.as_millis());
                let (operation, host) = (self.nouns.operation, open.host);
                format!(
                    "{operation} at {host} was not answered within {bound} ms, but after {took} ms"
                )
            });
        }
    }
}

impl Checker {
    /// A process is paused.
    pub fn process_paused(&mut self, host: Host) {
        self.open_requests.paused(host);
        self.timed.process_paused(host);
    }

    /// An operation has arrived at a coordinator, as far as its head: `has_body` says that it declares a body. Returns a
    /// number for it.
    pub fn operation_arrived(&mut self, host: Host, has_body: bool, now: Duration) -> u64 {
        self.open_requests.arrived(host, has_body, now)
    }

    /// An operation is answered, or would be if a fault did not withhold the answer.
    pub fn operation_answered(&mut self, request: u64, now: Duration, event: usize) {
        let mut findings = Findings::default();
        self.open_requests.answered(request, now, &mut findings);
        self.record(findings, event);
    }

    /// An operation will not be answered: its client has left, or its process has ended.
    pub fn operation_dropped(&mut self, request: u64, now: Duration) {
        self.open_requests.dropped(request, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{
        CheckedSystem,
        samples::{SHOP, STORE, TILL},
    };

    const HOST: Host = Host::COORDINATOR;

    /// The violations of a request that is answered after so many times its bound.
    fn violations(times: u32, change: fn(&mut OpenRequests)) -> usize {
        let mut requests = OpenRequests::new(&Plan::new("x"), SHOP.nouns());
        let mut findings = Findings::default();
        let request = requests.arrived(HOST, false, Duration::from_secs(1));
        change(&mut requests);
        let now = Duration::from_secs(1) + requests.bound * times;
        requests.answered(request, now, &mut findings);
        requests.at_rest(now, &mut findings);
        findings.violations().len()
    }

    #[test]
    fn an_answer_at_the_bound_is_fine_and_a_later_one_is_a_violation() {
        assert_eq!(violations(1, |_| {}), 0);
        assert_eq!(violations(2, |_| {}), 1);
    }

    #[test]
    fn a_violation_calls_the_operation_as_its_system_does() {
        let mut requests = OpenRequests::new(&Plan::new("x"), SHOP.nouns());
        let mut findings = Findings::default();
        let request = requests.arrived(HOST, false, Duration::ZERO);
        requests.answered(request, requests.bound * 2, &mut findings);
        let (_, detail) = &findings.violations()[0];
        assert!(detail.starts_with("an order at coordinator "), "{detail}");
    }

    #[test]
    fn a_withheld_body_has_the_bound_of_the_server() {
        let mut requests = OpenRequests::new(&Plan::new("x"), SHOP.nouns());
        let mut findings = Findings::default();
        for (millis, violations) in [(10_000, 0), (11_000, 1)] {
            let request = requests.arrived(HOST, true, Duration::ZERO);
            requests.answered(request, Duration::from_millis(millis), &mut findings);
            assert_eq!(findings.violations().len(), violations);
        }
    }

    #[test]
    fn a_request_that_is_never_answered_is_a_violation_at_the_end() {
        let mut requests = OpenRequests::new(&Plan::new("x"), SHOP.nouns());
        let mut findings = Findings::default();
        requests.arrived(HOST, false, Duration::ZERO);
        requests.at_rest(requests.bound, &mut findings);
        assert!(findings.violations().is_empty(), "it has time left");
        requests.at_rest(requests.bound * 2, &mut findings);
        assert_eq!(findings.violations().len(), 1);
    }

    #[test]
    fn a_request_may_start_a_saga_until_shortly_after_its_client_has_left() {
        let mut requests = OpenRequests::new(&Plan::new("x"), SHOP.nouns());
        let left = Duration::from_secs(1);
        assert!(!requests.may_start_a_saga(left));
        let request = requests.arrived(HOST, false, Duration::ZERO);
        assert!(requests.may_start_a_saga(left));
        requests.dropped(request, left);
        assert!(requests.may_start_a_saga(left + START_WITHIN));
        assert!(!requests.may_start_a_saga(left + START_WITHIN * 2));
    }

    /// The start of its saga is tried again after a pause, for which the run must not be taken for at rest.
    #[test]
    fn a_request_may_start_a_saga_after_a_fault_that_failed_its_start() {
        let mut requests = OpenRequests::new(&Plan::new("x"), SHOP.nouns());
        let (left, fault_ends) = (Duration::from_secs(1), Duration::from_secs(3));
        let disk_full = |host| Fault::DiskFull {
            host,
            millis: 3_000,
        };
        let request = requests.arrived(HOST, false, Duration::ZERO);
        requests.fired(&disk_full(STORE), Duration::ZERO);
        requests.dropped(request, left);
        assert!(!requests.may_start_a_saga(fault_ends), "another service");
        requests.fired(&disk_full(HOST), Duration::ZERO);
        let pause = requests.start_pause;
        assert!(requests.may_start_a_saga(fault_ends + pause));
        assert!(!requests.may_start_a_saga(fault_ends + pause + START_WITHIN * 2));
        requests.healed(left);
        assert!(!requests.may_start_a_saga(fault_ends + pause));
    }

    /// The pause after the last failure may be longer than the client waits.
    #[test]
    fn a_request_that_ends_soon_after_such_a_fault_may_still_start_a_saga() {
        let fault_ends = Duration::from_secs(3);
        let soon = fault_ends + Duration::from_millis(500);
        let ended: [fn(&mut OpenRequests, u64, Duration); 2] = [
            |requests, request, now| requests.dropped(request, now),
            |requests, request, now| requests.answered(request, now, &mut Findings::default()),
        ];
        for end in ended {
            let mut requests = OpenRequests::new(&Plan::new("x"), SHOP.nouns());
            let request = requests.arrived(HOST, false, Duration::ZERO);
            let (host, millis) = (HOST, 3_000);
            requests.fired(&Fault::DiskFull { host, millis }, Duration::ZERO);
            end(&mut requests, request, soon);
            let pause = requests.start_pause;
            assert!(requests.may_start_a_saga(fault_ends + pause));
            assert!(!requests.may_start_a_saga(fault_ends + pause + START_WITHIN * 2));
        }
    }

    #[test]
    fn a_paused_or_ended_process_and_a_client_that_left_are_not_judged() {
        assert_eq!(violations(2, |requests| requests.paused(HOST)), 0);
        assert_eq!(violations(2, |requests| requests.started(HOST)), 0);
        assert_eq!(
            violations(2, |requests| requests.dropped(1, Duration::ZERO)),
            0
        );
        assert_eq!(violations(2, |requests| requests.paused(TILL)), 1);
    }
}
