//! Readiness tells the truth.
//!
//! ```text
//!  ready ─► an operation within a second, no fault since ─► it succeeds within its bound
//!  a part goes silent ─► watch interval + time-out ─► not ready, and the reason names the part
//! ```
//!
//! A prober asks, on the host of the clients. *Ready* is judged when no fault has an effect any more: what a fault does to
//! an operation is not known in general. *Not ready* is judged while a fault silences a part that every operation needs.

use std::time::Duration;

use serde::Deserialize;

use super::{
    Checker, Findings, Nouns, Property, fault_windows::FaultWindow, silent_part::SilentPart,
};
use crate::plan::{Fault, Host, Name, Plan};

pub(crate) const PROPERTY: Property = Property {
    name: "ready-tells-the-truth",
    about: "after ready, an operation succeeds; after a part goes silent, ready ends in time and names it",
    exercised_by: "a prober (`probes_readiness`) that asks while no fault acts, or while a part is silent",
    kept_by: "the watch of the coordinator: readiness asks each part, and not only whether it can be reached",
};

/// How long after *ready* an operation may begin.
const BEGINS_WITHIN: Duration = Duration::from_secs(1);
/// What a standby adds to the time limit of the leader, for the network.
const FORWARDING: Duration = Duration::from_secs(1);
/// The ways of an exchange over a new connection: there and back for the connection, there and back for the request.
const WAYS: u32 = 4;

/// An answer of `/readyz`.
pub struct ReadyAnswer<'a> {
    /// The coordinator.
    pub host: Host,
    /// When it was asked.
    pub sent: Duration,
    /// When the answer arrived.
    pub received: Duration,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a str,
}

/// An operation that was sent after *ready*.
pub struct OperationAfterReady {
    /// The coordinator.
    pub host: Host,
    /// When the coordinator was asked whether it is ready.
    pub asked: Duration,
    /// When the answer *ready* arrived.
    pub ready: Duration,
    /// When the operation was sent.
    pub sent: Duration,
    /// When it ended.
    pub ended: Duration,
    /// The status of the answer. `None` if there was none.
    pub status: Option<u16>,
}

/// The fields of an answer that are judged.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    reason: String,
    role: Option<String>,
}

/// What readiness is judged by.
pub(crate) struct Readiness {
    nouns: Nouns,
    plan: Plan,
    watch_interval: Duration,
    step_timeout: Duration,
    /// What the network takes.
    network: Duration,
    /// How long a fault may have an effect after its end: a statement is given up, requests that waited for it are
    /// repeated, and another coordinator may have to take over.
    recovery: Duration,
    /// The time limit of an operation.
    answer: Duration,
    /// The coordinator that raised the epoch of the saga log last, and when.
    holder: Option<(Host, Duration)>,
    /// All faults have ended: from now on nothing is judged.
    has_healed: bool,
}

impl Readiness {
    /// Judges by the configuration of this plan.
    pub(super) fn new(plan: &Plan, nouns: Nouns) -> Self {
        let timing = plan.timing;
        let step_timeout = Duration::from_millis(timing.step_timeout_millis);
        let (takeover, forwarding) = match plan.topology.replicas(Name::COORDINATOR) {
            1 => (Duration::ZERO, Duration::ZERO),
            _ => (
                Duration::from_millis(timing.saga_deadline_millis),
                FORWARDING,
            ),
        };
        let network = Duration::from_millis(timing.tick_millis + timing.latency_max_millis) * WAYS;
        Self {
            nouns,
            watch_interval: plan.watch_interval().unwrap_or_default(),
            step_timeout,
            network,
            recovery: timing.statement_timeout() + step_timeout * 2 + takeover,
            answer: timing.answer_timeout() + forwarding + network,
            holder: None,
            has_healed: false,
            plan: Plan {
                workload: Vec::new(),
                faults: Vec::new(),
                ..plan.clone()
            },
        }
    }

    fn judge_answer(
        &self,
        answer: &ReadyAnswer<'_>,
        faults: &[FaultWindow],
        findings: &mut Findings,
    ) {
        let body: Body = serde_json::from_str(answer.body).unwrap_or_default();
        let is_ready = answer.status == 200;
        let is_standby = body.role.is_some_and(|role| role != "holder");
        if let Some((holder, since)) = self.holder
            && !self.plan.topology.is_shared(Name::COORDINATOR)
            && holder != answer.host
            && since <= answer.sent
        {
            findings.require(PROPERTY, !is_ready, || {
                let after = answer.sent.saturating_sub(since).as_millis();
                format!(
                    "{} said that it is ready {after} ms after {holder} took over",
                    answer.host
                )
            });
        }
        for (window, part) in self.silent_parts(answer, faults) {
            // A standby says whether it knows its leader. The leader says whether it reaches the services.
            if is_standby && part != SilentPart::SagaLog {
                continue;
            }
            let (host, fault) = (answer.host, window.fault);
            let after = answer.sent.saturating_sub(window.since).as_millis();
            findings.require(PROPERTY, !is_ready, || {
                format!("{host} said that it is ready {after} ms after: {fault}")
            });
            if !is_ready && self.is_alone(window, answer, faults) {
                let reason = &body.reason;
                findings.require(PROPERTY, part.is_named_by(reason), || {
                    format!("{host} is not ready because of “{fault}”, but says: {reason}")
                });
            }
        }
    }

    /// The parts that have been silent for so long that the coordinator must have noticed.
    fn silent_parts<'a>(
        &'a self,
        answer: &'a ReadyAnswer<'_>,
        faults: &'a [FaultWindow],
    ) -> impl Iterator<Item = (&'a FaultWindow, SilentPart)> + 'a {
        let silent = move |window: &'a FaultWindow| {
            let part = SilentPart::of(&window.fault, answer.host, &self.plan)?;
            let noticed = part.noticed_within(self.watch_interval, self.step_timeout);
            let noticed = window.since + noticed + self.network;
            let lasts = noticed <= answer.sent && window.until >= answer.received;
            // A coordinator that was paused since then may read an old answer.
            let was_paused = faults.iter().any(|other| {
                pauses(&other.fault, answer.host) && other.overlaps(window.since, answer.received)
            });
            let is_crossed = is_partition(&window.fault)
                && faults.iter().any(|other| {
                    crosses_partitions(&other.fault)
                        && other.overlaps(window.since, answer.received)
                });
            (lasts && !was_paused && !is_crossed).then_some((window, part))
        };
        faults.iter().filter_map(silent)
    }

    /// Whether this fault is the only reason for not being ready.
    fn is_alone(
        &self,
        window: &FaultWindow,
        answer: &ReadyAnswer<'_>,
        faults: &[FaultWindow],
    ) -> bool {
        let from = window.since.saturating_sub(self.recovery);
        let mut all = faults.iter().filter(|other| other.disturbs_others());
        let others = all
            .by_ref()
            .filter(|other| !std::ptr::eq(*other, window) && other.overlaps(from, answer.received));
        !self.plan.topology.is_shared(Name::COORDINATOR) && others.count() == 0
    }

    fn judge_operation(
        &self,
        after: &OperationAfterReady,
        faults: &[FaultWindow],
        findings: &mut Findings,
    ) {
        let begins_in_time = after.sent <= after.ready + BEGINS_WITHIN;
        let quiet_since = after.asked.saturating_sub(self.recovery);
        let is_disturbed = faults.iter().any(|window| match window.disturbs_others() {
            true => window.overlaps(quiet_since, after.ended),
            false => window.since >= after.asked && window.since <= after.ended,
        });
        let took = after.ended.saturating_sub(after.sent);
        // The client may use a connection to the process before this one.
        let is_stale = after.status.is_none() && took <= self.answer;
        if begins_in_time && !is_disturbed && !is_stale && self.plan.limits.are_wide() {
            let succeeds = after.status == Some(200) && took <= self.answer;
            findings.require(PROPERTY, succeeds, || {
                let (host, took) = (after.host, took.as_millis());
                let got = match after.status {
                    Some(status) => format!("{status}"),
                    None => "no answer".to_owned(),
                };
                let operation = self.nouns.operation;
                format!("{host} was ready, and {operation} there got {got} after {took} ms")
            });
        }
    }
}

fn is_partition(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Partition { .. } | Fault::PartitionOneWay { .. }
    )
}

/// Whether the network host delivers requests for this fault. A partition between two other hosts does not stop it, so the
/// coordinator may still hear from a service.
fn crosses_partitions(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::SlowLink { .. } | Fault::Delay { .. } | Fault::Reorder
    )
}

/// Whether a fault pauses a coordinator. A zombie is the coordinator that holds the saga log, whichever that is.
fn pauses(fault: &Fault, coordinator: Host) -> bool {
    match fault {
        Fault::Pause { host, .. } => *host == coordinator,
        Fault::Zombie { .. } => true,
        _ => false,
    }
}

impl Checker {
    /// A coordinator has said whether it is ready.
    pub fn readiness_answered(&mut self, answer: &ReadyAnswer<'_>, event: usize) {
        let mut findings = Findings::default();
        if !self.readiness.has_healed {
            let faults = self.fault_windows.all();
            self.readiness.judge_answer(answer, faults, &mut findings);
        }
        self.record(findings, event);
    }

    /// An operation that was sent after *ready* has ended.
    pub fn operation_after_ready(&mut self, after: &OperationAfterReady, event: usize) {
        let mut findings = Findings::default();
        let from = after.asked.saturating_sub(self.readiness.recovery);
        if !self.readiness.has_healed && !self.timed.orders.disturb(from) {
            let faults = self.fault_windows.all();
            self.readiness.judge_operation(after, faults, &mut findings);
        }
        self.record(findings, event);
    }

    /// A coordinator has raised the epoch of the saga log.
    pub fn log_taken_over(&mut self, host: Host, now: Duration) {
        self.readiness.holder = Some((host, now));
    }

    /// Every fault has ended.
    pub fn healed(&mut self, now: Duration, event: usize) {
        let mut findings = Findings::default();
        let disturbances = (self.fault_windows.all(), &self.timed.orders);
        self.damage
            .judge_sagas(&self.observed, disturbances, now, &mut findings);
        self.readiness.has_healed = true;
        self.open_requests.healed(now);
        self.record(findings, event);
    }

    /// Whether every fault has ended.
    pub fn has_healed(&self) -> bool {
        self.readiness.has_healed
    }
}

#[cfg(test)]
mod tests;
