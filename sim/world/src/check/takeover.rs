//! After the leader has died or hangs, another coordinator takes the saga log over within the time that the lease states.
//!
//! Judged only if another coordinator was up all the time, and no other fault could hold it up.

use std::time::Duration;

use super::{Delta, Findings, Property, fault_windows::over};
use crate::{
    plan::{Family, Fault, Host, Plan},
    process::coordinator_config::coordinator_config,
};

pub(crate) const PROPERTY: Property = Property {
    name: "takes-over-within-bound",
    about: "after the leader has died or hangs, a standby takes the saga log over within the lease and an eighth of it",
    exercised_by: "several coordinators, and a leader that dies or hangs while no other fault acts",
    kept_by: "the lease: a standby takes over once the leader has not renewed it for its whole time",
};

/// How long the saga log may take for the last read and the claim.
const DATABASE: Duration = Duration::from_millis(500);

/// A takeover that is due.
pub(crate) struct Takeovers {
    /// `None` without a lease: only a restart takes the log over then.
    bound: Option<Duration>,
    died: Option<Duration>,
    /// Whether the leader hangs and is not dead.
    hangs: bool,
    /// Until when other faults may hold a standby up.
    disturbed_until: Duration,
}

impl Takeovers {
    pub(super) fn new(plan: &Plan) -> Self {
        let lease = coordinator_config(plan, Host::COORDINATOR).lease;
        Self {
            bound: lease.map(|lease| lease.takeover_max() + DATABASE),
            died: None,
            hangs: false,
            disturbed_until: Duration::ZERO,
        }
    }

    pub(super) fn fired(&mut self, fault: &Fault, holder: Option<Host>, now: Duration) {
        let Some(bound) = self.bound.filter(|_| may_delay_a_takeover(fault)) else {
            return;
        };
        let stops_the_leader = match fault {
            Fault::Crash { host, .. } | Fault::PowerCut { host, .. } => Some(*host) == holder,
            // A pause of the leader. A shorter one ends before anybody may take over.
            Fault::Zombie { .. } => holder.is_some() && fault.acts_for() > bound,
            _ => false,
        };
        self.hangs = matches!(fault, Fault::Zombie { .. });
        let is_undisturbed = now >= self.disturbed_until && self.died.is_none();
        self.died = (stops_the_leader && is_undisturbed).then_some(now);
        let until = over(fault, now).saturating_add(bound);
        self.disturbed_until = self.disturbed_until.max(until);
    }

    /// Every fault has ended, also the pause of a leader that hung: it goes on, and nobody need take over.
    pub(super) fn healed(&mut self) {
        self.died = self.died.filter(|_| !self.hangs);
    }

    pub(super) fn changed(&mut self, delta: &Delta, now: Duration, findings: &mut Findings) {
        let Delta::Shard { before, after, .. } = delta else {
            return;
        };
        if before.is_none_or(|before| before < *after) {
            self.judge(now, findings);
            self.died = None;
        }
    }

    pub(super) fn at_rest(&mut self, now: Duration, findings: &mut Findings) {
        let age = self.died.map(|died| now.saturating_sub(died));
        // A takeover that still has time says nothing yet.
        if age > self.bound {
            self.judge(now, findings);
        }
    }

    fn judge(&self, now: Duration, findings: &mut Findings) {
        if let (Some(died), Some(bound)) = (self.died, self.bound) {
            let took = now.saturating_sub(died);
            findings.require(PROPERTY, took <= bound, || {
                let (took, bound) = (took.as_millis(), bound.as_millis());
                format!("nobody took the saga log over for {took} ms after the leader had died; it may take {bound} ms")
            });
        }
    }
}

/// Whether a fault may delay a takeover or make one necessary. The coordinators look into the database of the saga log by a
/// steady clock: they need no network, no time of day, and no other service.
fn may_delay_a_takeover(fault: &Fault) -> bool {
    let hosts = fault.hosts();
    let is_elsewhere = |host: &Host| !host.is_coordinator();
    match fault.kind().family() {
        Family::Message | Family::Network | Family::Client | Family::Clock => false,
        _ => hosts.is_empty() || !hosts.iter().all(is_elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::samples::TILL,
        plan::{Name, Topology},
    };

    const HOLDER: Host = Host::COORDINATOR;

    /// How often the takeover was judged, and how often it was a violation. It comes after so many times its bound.
    fn judged(bounds: Option<u32>, before: &[Fault]) -> (usize, usize) {
        let mut plan = Plan::new("x");
        plan.topology = Topology::default().with(Name::COORDINATOR, 2);
        let mut takeovers = Takeovers::new(&plan);
        for fault in before {
            takeovers.fired(fault, Some(HOLDER), Duration::ZERO);
        }
        let crash = Fault::Crash {
            host: HOLDER,
            down_millis: 60_000,
        };
        takeovers.fired(&crash, Some(HOLDER), Duration::ZERO);
        let bound = takeovers.bound.unwrap();
        let mut findings = Findings::default();
        if let Some(times) = bounds {
            let raised = Delta::Shard {
                before: Some(1),
                after: 2,
                watermarks: (None, None),
            };
            takeovers.changed(&raised, bound * times, &mut findings);
        }
        takeovers.at_rest(bound * 3, &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn a_takeover_within_the_bound_is_fine_and_a_later_one_or_none_is_a_violation() {
        assert_eq!(judged(Some(1), &[]), (1, 0));
        assert_eq!(judged(Some(2), &[]), (1, 1));
        assert_eq!(judged(None, &[]), (1, 1));
    }

    #[test]
    fn a_leader_that_hung_goes_on_when_all_is_healed_and_one_that_died_does_not() {
        let mut plan = Plan::new("x");
        plan.topology = Topology::default().with(Name::COORDINATOR, 2);
        let hang = Fault::Zombie { millis: 60_000 };
        let crash = Fault::Crash {
            host: HOLDER,
            down_millis: 60_000,
        };
        for (fault, violations) in [(hang, 0), (crash, 1)] {
            let mut takeovers = Takeovers::new(&plan);
            takeovers.fired(&fault, Some(HOLDER), Duration::ZERO);
            takeovers.healed();
            let mut findings = Findings::default();
            takeovers.at_rest(Duration::from_secs(60), &mut findings);
            assert_eq!(findings.violations().len(), violations, "{fault}");
        }
    }

    #[test]
    fn a_takeover_under_another_fault_is_not_judged() {
        let outage = Fault::Outage {
            host: Host::COORDINATOR,
            millis: 100,
        };
        assert_eq!(judged(Some(2), &[outage]), (0, 0));
        assert_eq!(judged(Some(2), &[Fault::LoseReply]), (1, 1));
        let elsewhere = Fault::Outage {
            host: TILL,
            millis: 100,
        };
        assert_eq!(judged(Some(2), &[elsewhere]), (1, 1));
    }

    /// The other coordinator finishes its requests for seconds, and is down only then.
    #[test]
    fn a_takeover_is_not_judged_while_the_other_coordinator_is_asked_to_stop() {
        let mut plan = Plan::new("x");
        plan.topology = Topology::default().with(Name::COORDINATOR, 2);
        let mut takeovers = Takeovers::new(&plan);
        let restart = Fault::Restart {
            host: Host::replica(Name::COORDINATOR, 2),
            down_millis: 1_000,
        };
        let crash = Fault::Crash {
            host: HOLDER,
            down_millis: 60_000,
        };
        takeovers.fired(&restart, Some(HOLDER), Duration::ZERO);
        takeovers.fired(&crash, Some(HOLDER), Duration::from_secs(8));
        let mut findings = Findings::default();
        takeovers.at_rest(Duration::from_secs(60), &mut findings);
        assert_eq!(findings.exercised.len(), 0);
    }
}
