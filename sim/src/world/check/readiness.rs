//! Readiness tells the truth.
//!
//! ```text
//!  ready ─► a like within a second, no fault since ─► it succeeds within its bound
//!  a part goes silent ─► watch interval + time-out ─► not ready, and the reason names the part
//! ```
//!
//! A prober asks, on the host of the clients. *Ready* is judged when no fault has an effect any more: what a fault does to
//! a like is not known in general. *Not ready* is judged while a fault silences a part that every like needs.

use std::time::Duration;

use serde::Deserialize;

use super::{Checker, Findings, Property, fault_windows::FaultWindow, silent_part::SilentPart};
use crate::world::plan::{Fault, Host, Limits, Plan};

pub(crate) const PROPERTY: Property = Property {
    name: "ready-tells-the-truth",
    about: "after ready, a like succeeds; after a part goes silent, ready ends in time and names it",
};

/// How long after *ready* a like may begin.
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

/// A like that was sent after *ready*.
pub struct LikeAfterReady {
    /// The coordinator.
    pub host: Host,
    /// When the coordinator was asked whether it is ready.
    pub asked: Duration,
    /// When the answer *ready* arrived.
    pub ready: Duration,
    /// When the like was sent.
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
    plan: Plan,
    watch_interval: Duration,
    step_timeout: Duration,
    /// What the network takes.
    network: Duration,
    /// How long a fault may have an effect after its end: a statement is given up, requests that waited for it are
    /// repeated, and another coordinator may have to take over.
    recovery: Duration,
    /// The time limit of a like.
    answer: Duration,
    /// All faults have ended: from now on nothing is judged.
    has_healed: bool,
}

impl Readiness {
    /// Judges by the configuration of this plan.
    pub(super) fn new(plan: &Plan) -> Self {
        let timing = plan.timing;
        let step_timeout = Duration::from_millis(timing.step_timeout_millis);
        let (takeover, forwarding) = match plan.topology.coordinators {
            1 => (Duration::ZERO, Duration::ZERO),
            _ => (
                Duration::from_millis(timing.saga_deadline_millis),
                FORWARDING,
            ),
        };
        let network = Duration::from_millis(timing.tick_millis + timing.latency_max_millis) * WAYS;
        Self {
            watch_interval: plan.watch_interval().unwrap_or_default(),
            step_timeout,
            network,
            recovery: timing.statement_timeout() + step_timeout * 2 + takeover,
            answer: timing.answer_timeout() + forwarding + network,
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
            // A coordinator that was paused meanwhile may read an old answer.
            let was_paused = faults.iter().any(|other| {
                pauses(&other.fault, answer.host) && other.overlaps(window.since, answer.received)
            });
            (lasts && !was_paused).then_some((window, part))
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
        self.plan.topology.coordinators == 1 && others.count() == 0
    }

    fn judge_like(&self, like: &LikeAfterReady, faults: &[FaultWindow], findings: &mut Findings) {
        let begins_in_time = like.sent <= like.ready + BEGINS_WITHIN;
        let quiet_since = like.asked.saturating_sub(self.recovery);
        let is_disturbed = faults.iter().any(|window| match window.disturbs_others() {
            true => window.overlaps(quiet_since, like.ended),
            false => window.since >= like.asked && window.since <= like.ended,
        });
        let took = like.ended.saturating_sub(like.sent);
        if begins_in_time && !is_disturbed && self.plan.limits == Limits::default() {
            let succeeds = like.status == Some(200) && took <= self.answer;
            findings.require(PROPERTY, succeeds, || {
                let (host, took) = (like.host, took.as_millis());
                let got = match like.status {
                    Some(status) => format!("{status}"),
                    None => "no answer".to_owned(),
                };
                format!("{host} was ready, and a like there got {got} after {took} ms")
            });
        }
    }
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

    /// A like that was sent after *ready* has ended.
    pub fn like_after_ready(&mut self, like: &LikeAfterReady, event: usize) {
        let mut findings = Findings::default();
        if !self.readiness.has_healed {
            let faults = self.fault_windows.all();
            self.readiness.judge_like(like, faults, &mut findings);
        }
        self.record(findings, event);
    }

    /// Every fault has ended.
    pub fn healed(&mut self) {
        self.readiness.has_healed = true;
    }

    /// Whether every fault has ended.
    pub(super) fn has_healed(&self) -> bool {
        self.readiness.has_healed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::check::fault_windows::FaultWindows;

    const SECOND: Duration = Duration::from_secs(1);
    const HOST: Host = Host::Coordinator;
    const READY: (u16, &str) = (200, r#"{"status":"ready"}"#);

    fn readiness() -> Readiness {
        Readiness::new(&Plan {
            probes_readiness: true,
            ..Plan::new("x")
        })
    }

    fn windows(faults: &[Fault]) -> FaultWindows {
        let mut windows = FaultWindows::default();
        for fault in faults {
            windows.fired(fault, SECOND * 10);
        }
        windows
    }

    fn hang(host: Host) -> Fault {
        Fault::Hang {
            host,
            millis: 10_000,
        }
    }

    /// How often an answer at this time was judged, and how often it was a violation.
    fn judged(faults: &[Fault], at: Duration, (status, body): (u16, &str)) -> (usize, usize) {
        let mut findings = Findings::default();
        let answer = ReadyAnswer {
            host: HOST,
            sent: at,
            received: at + SECOND / 10,
            status,
            body,
        };
        readiness().judge_answer(&answer, windows(faults).all(), &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn ready_may_last_for_an_interval_and_a_time_out_after_a_service_goes_silent() {
        let user = [hang(Host::User)];
        assert_eq!(judged(&user, SECOND * 11, READY), (0, 0));
        assert_eq!(judged(&user, SECOND * 12, READY), (1, 1));
        assert_eq!(judged(&user, SECOND * 21, READY), (0, 0), "it is over");
    }

    #[test]
    fn ready_ends_at_once_if_the_saga_log_is_silent() {
        assert_eq!(judged(&[hang(HOST)], SECOND * 11, READY), (1, 1));
    }

    #[test]
    fn the_reason_must_name_the_silent_part() {
        let user = [hang(Host::User)];
        let right = (503, r#"{"reason":"the user service is away: silent"}"#);
        assert_eq!(judged(&user, SECOND * 12, right), (2, 0));
        let wrong = (503, r#"{"reason":"the article service is away: silent"}"#);
        assert_eq!(judged(&user, SECOND * 12, wrong), (2, 1));
        let both = [hang(Host::User), hang(Host::Article)];
        assert_eq!(judged(&both, SECOND * 12, wrong), (2, 0), "either is true");
    }

    /// How often a like after *ready* was judged, and how often it was a violation.
    fn like(faults: &[Fault], at: Duration, status: Option<u16>) -> (usize, usize) {
        let mut findings = Findings::default();
        let like = LikeAfterReady {
            host: HOST,
            asked: at,
            ready: at,
            sent: at,
            ended: at + SECOND,
            status,
        };
        readiness().judge_like(&like, windows(faults).all(), &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn a_like_after_ready_must_succeed_if_no_fault_disturbs_it() {
        assert_eq!(like(&[], SECOND * 30, Some(200)), (1, 0));
        assert_eq!(like(&[], SECOND * 30, Some(503)), (1, 1));
        assert_eq!(like(&[], SECOND * 30, None), (1, 1));
        let user = [hang(Host::User)];
        assert_eq!(like(&user, SECOND * 9, Some(503)), (0, 0), "a new fault");
        assert_eq!(like(&user, SECOND * 21, Some(503)), (0, 0), "too soon");
        assert_eq!(like(&user, SECOND * 30, Some(503)), (1, 1));
    }
}
