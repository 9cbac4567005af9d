//! After the deadline of a saga, no coordinator sends an action of it any more. Steps after the pivot have no deadline.
//!
//! A saga that goes forward for ever holds its lock, and its client can never learn how it ended.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use likewise_saga::protocol::{Op, StepRequest};
use uuid::Uuid;

use super::{Delta, Findings, ObservedSaga, Property};
use crate::plan::{Family, Host, Plan, PlannedFault};

pub(crate) const PROPERTY: Property = Property {
    name: "deadline-is-kept",
    about: "after its deadline a saga sends no action up to its pivot any more, also after a restart",
    exercised_by: "an action up to the pivot, in a plan without faults of clocks",
    kept_by: "the deadline in the row of the saga: it counts on after a restart",
};

/// Events have the time of a tick, and several waits end one after another.
const TICKS: u32 = 10;

/// When the sagas began.
pub(crate) struct Deadlines {
    /// The time after the start of a saga at which its last action may leave: its deadline, and two time-outs, because an
    /// action waits for the requests before it.
    bound: Duration,
    /// Whether the coordinators' clocks run as the run's does, because a deadline is a time of day, and batches have their usual
    /// size. An action waits for the batches before it, each for a time-out at most, and of short ones there may be any number.
    is_judged: bool,
    started: BTreeMap<Uuid, Duration>,
    /// Processes that were paused. What they had decided to send leaves when they resume.
    paused: BTreeSet<Host>,
}

impl Deadlines {
    pub(super) fn new(plan: &Plan) -> Self {
        let millis = Duration::from_millis;
        let timing = plan.timing;
        let of_clock = |planned: &PlannedFault| planned.fault.kind().family() == Family::Clock;
        Self {
            bound: millis(timing.saga_deadline_millis)
                + millis(timing.step_timeout_millis) * 2
                + millis(timing.tick_millis) * TICKS,
            is_judged: !plan.faults.iter().any(of_clock) && plan.limits.batch_max.is_none(),
            started: BTreeMap::new(),
            paused: BTreeSet::new(),
        }
    }

    /// A process has started. It has decided nothing yet.
    pub(super) fn started(&mut self, host: Host) {
        self.paused.remove(&host);
    }

    pub(super) fn paused(&mut self, host: Host) {
        self.paused.insert(host);
    }

    pub(super) fn changed(&mut self, delta: &Delta, now: Duration) {
        if let Delta::Saga {
            saga, before: None, ..
        } = delta
        {
            self.started.entry(*saga).or_insert(now);
        }
    }

    pub(super) fn sent(
        &self,
        from: Host,
        step: &StepRequest,
        saga: Option<&ObservedSaga>,
        now: Duration,
        findings: &mut Findings,
    ) {
        // A step after the pivot is sent until it is done.
        let is_after_pivot = saga.is_some_and(|saga| step.step >= saga.up_to_pivot);
        let is_bound = step.op == Op::Do && !is_after_pivot;
        if !self.is_judged || !is_bound || self.paused.contains(&from) {
            return;
        }
        if let Some(started) = self.started.get(&step.saga.0) {
            let age = now.saturating_sub(*started);
            findings.require(PROPERTY, age <= self.bound, || {
                let (age, bound) = (age.as_millis(), self.bound.as_millis());
                format!("{from} sent an action {age} ms after its saga began, and may do so for {bound} ms")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use likewise_saga::{id::SagaId, protocol::Document};

    use super::*;
    use crate::{check::samples::*, plan::Fault};

    const HOST: Host = Host::COORDINATOR;

    /// How often an action so long after the start of its saga was judged, and how often it was a violation.
    fn judged(op: Op, bounds: u32, change: fn(&mut Deadlines), plan: &Plan) -> (usize, usize) {
        judged_step(1, op, bounds, change, plan)
    }

    fn judged_step(
        step: usize,
        op: Op,
        bounds: u32,
        change: fn(&mut Deadlines),
        plan: &Plan,
    ) -> (usize, usize) {
        let mut deadlines = Deadlines::new(plan);
        let mut observed = observed(HOST, &[]);
        for delta in observed.apply(HOST, &[saga(1, 0, 1)]) {
            deadlines.changed(&delta, Duration::ZERO);
        }
        change(&mut deadlines);
        let step = StepRequest {
            saga: SagaId(Uuid::from_u128(1)),
            step,
            op,
            args: Document::default(),
            fingerprint: 0,
            traceparent: None,
        };
        let mut findings = Findings::default();
        let saga = observed.sagas.values().next();
        deadlines.sent(HOST, &step, saga, deadlines.bound * bounds, &mut findings);
        (findings.exercised.len(), findings.violations().len())
    }

    #[test]
    fn an_action_after_the_deadline_is_a_violation_and_a_seal_is_fine() {
        let plan = Plan::new("x");
        assert_eq!(judged(Op::Do, 1, |_| {}, &plan), (1, 0));
        assert_eq!(judged(Op::Do, 2, |_| {}, &plan), (1, 1));
        assert_eq!(judged(Op::Seal, 2, |_| {}, &plan), (0, 0));
    }

    #[test]
    fn an_action_behind_short_batches_is_not_judged() {
        let mut plan = Plan::new("x");
        plan.limits.batch_max = Some(1);
        assert_eq!(judged(Op::Do, 2, |_| {}, &plan), (0, 0));
    }

    /// An order has its pivot at step 1.
    #[test]
    fn a_step_after_the_pivot_has_no_deadline() {
        let plan = Plan::new("x");
        assert_eq!(judged_step(2, Op::Do, 2, |_| {}, &plan), (0, 0));
    }

    #[test]
    fn a_process_that_was_paused_or_whose_clock_is_wrong_is_not_judged() {
        let plan = Plan::new("x");
        assert_eq!(
            judged(Op::Do, 2, |deadlines| deadlines.paused(HOST), &plan),
            (0, 0)
        );
        let skew = Fault::ClockSkew {
            host: HOST,
            by_millis: 5_000,
            millis: 1_000,
        };
        let plan = plan.with_fault(crate::plan::Trigger::At { millis: 0 }, skew);
        assert_eq!(judged(Op::Do, 2, |_| {}, &plan), (0, 0));
    }
}
