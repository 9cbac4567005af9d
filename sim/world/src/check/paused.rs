//! Of a paused saga nothing is sent, also after a takeover, until it is resumed.
//!
//! It is judged from the answer to the order on, and only for the coordinator that holds the log: another one is fenced, and need not
//! know of the order.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use likewise_saga::protocol::{Status, StepRequest};
use uuid::Uuid;

use super::{AnsweredOrder, Delta, Findings, OrderAction, Property};
use crate::plan::{Host, Plan};

pub(crate) const PROPERTY: Property = Property {
    name: "paused-sends-nothing",
    about: "of a paused saga no request is sent to a service until it is resumed, whoever leads",
    exercised_by: "an operator (`operators` of a plan) that pauses a saga for longer than two step time-outs",
    kept_by: "the orders in force: a leader reads them in the audit before it resumes a saga",
};

/// Events have the time of a tick, and several waits end one after another.
const TICKS: u32 = 10;

/// The sagas that are paused, each since the answer to the order.
pub(crate) struct Paused {
    /// How long after the answer a request may leave that waited for the requests before it.
    margin: Duration,
    /// Whether batches and queues have their usual size: behind short ones a request waits for any time.
    is_judged: bool,
    since: BTreeMap<Uuid, Duration>,
    /// Processes that were paused. What they had decided to send leaves when they resume.
    hosts: BTreeSet<Host>,
}

impl Paused {
    pub(super) fn new(plan: &Plan) -> Self {
        let (timing, limits) = (plan.timing, plan.limits);
        let millis = Duration::from_millis;
        Self {
            margin: millis(timing.step_timeout_millis) * 2 + millis(timing.tick_millis) * TICKS,
            is_judged: limits.batch_max.is_none() && limits.queue_max.is_none(),
            since: BTreeMap::new(),
            hosts: BTreeSet::new(),
        }
    }

    pub(super) fn started(&mut self, host: Host) {
        self.hosts.remove(&host);
    }

    pub(super) fn paused(&mut self, host: Host) {
        self.hosts.insert(host);
    }

    pub(super) fn answered(&mut self, answered: &AnsweredOrder, is_in_force: bool, now: Duration) {
        if let (OrderAction::Pause, Some(saga), true) =
            (answered.sent.action, answered.sent.saga, is_in_force)
        {
            self.since.entry(saga).or_insert(now);
        }
    }

    pub(super) fn changed(&mut self, delta: &Delta, now: Duration, findings: &mut Findings) {
        let over = match delta {
            Delta::Ordered {
                saga: Some(saga),
                action: Some(OrderAction::Resume),
                ..
            } => *saga,
            Delta::Saga { saga, after, .. } if !after.is_some_and(Status::is_open) => *saga,
            _ => return,
        };
        if let Some(since) = self.since.remove(&over)
            && now > since + self.margin
        {
            findings.exercised(PROPERTY, 1);
        }
    }

    pub(super) fn sent(
        &self,
        (from, holder): (Host, Option<Host>),
        step: &StepRequest,
        now: Duration,
        findings: &mut Findings,
    ) {
        let Some(since) = self.since.get(&step.saga.0).filter(|_| self.is_judged) else {
            return;
        };
        if Some(from) != holder || self.hosts.contains(&from) {
            return;
        }
        findings.require(PROPERTY, now <= *since + self.margin, || {
            let after = now.saturating_sub(*since).as_millis();
            format!("{from} sent a request of a saga {after} ms after it was paused")
        });
    }
}

#[cfg(test)]
mod tests {
    use likewise_saga::{
        id::SagaId,
        protocol::{Document, Op},
    };

    use super::*;
    use crate::check::samples::sent_order;

    const HOST: Host = Host::COORDINATOR;

    /// How often a request was judged that leaves so many margins after the pause, and how often it was a violation.
    fn judged(margins: u32, is_resumed: bool, holder: Host) -> (usize, usize) {
        let mut paused = Paused::new(&Plan::new("x"));
        let mut findings = Findings::default();
        let sent = sent_order(OrderAction::Pause, 1, "first");
        let saga = sent.saga;
        paused.answered(&AnsweredOrder { sent, number: 1 }, true, Duration::ZERO);
        let now = paused.margin * margins;
        if is_resumed {
            let resumed = Delta::Ordered {
                number: 2,
                saga,
                action: Some(OrderAction::Resume),
            };
            paused.changed(&resumed, now, &mut findings);
        }
        let step = StepRequest {
            saga: SagaId(Uuid::from_u128(1)),
            step: 0,
            op: Op::Do,
            args: Document::default(),
            fingerprint: 0,
            traceparent: None,
        };
        paused.sent((HOST, Some(holder)), &step, now, &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn a_request_of_a_paused_saga_is_a_violation_and_one_of_a_resumed_saga_is_fine() {
        assert_eq!(judged(1, false, HOST), (1, 0), "it was on its way");
        assert_eq!(judged(2, false, HOST), (1, 1));
        assert_eq!(judged(2, true, HOST), (1, 0));
    }

    #[test]
    fn a_coordinator_that_was_replaced_is_not_judged() {
        assert_eq!(judged(2, false, Host::NETWORK), (0, 0));
    }
}
