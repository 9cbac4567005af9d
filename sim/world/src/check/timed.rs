//! What the checks on time follow, and when the world tells them.

use std::time::Duration;

use likewise_saga::protocol::StepRequest;

use likewise_saga::coordinator::Product;

use super::{
    Checker, Delta, Findings, ObservedState, deadline::Deadlines, heals::Heals,
    kept_for_time::Kept, orders::AnsweredOrder, orders_in_force::OrdersInForce, paused::Paused,
    retries::Retries, takeover::Takeovers,
};
use crate::plan::{Fault, Host, Plan};

/// The checks on time.
pub(crate) struct Timed {
    /// The time of the last event.
    now: Duration,
    deadlines: Deadlines,
    heals: Heals,
    retries: Retries,
    takeovers: Takeovers,
    kept: Kept,
    pub(super) orders: OrdersInForce,
    paused: Paused,
}

impl Timed {
    /// Checks whose bounds follow from the plan's configuration.
    pub(super) fn new(plan: &Plan, product: &Product) -> Self {
        Self {
            now: Duration::ZERO,
            deadlines: Deadlines::new(plan),
            heals: Heals::new(plan, product),
            retries: Retries::new(plan),
            takeovers: Takeovers::new(plan),
            kept: Kept::new(plan),
            orders: OrdersInForce::default(),
            paused: Paused::new(plan),
        }
    }

    pub(super) fn process_started(&mut self, host: Host) {
        self.retries.started(host);
        self.deadlines.started(host);
        self.paused.started(host);
    }

    /// What a process sent while it was paused left when it resumed.
    pub(super) fn process_resumed(&mut self, host: Host) {
        self.retries.interrupted(host);
    }

    pub(super) fn process_paused(&mut self, host: Host) {
        self.retries.interrupted(host);
        self.deadlines.paused(host);
        self.paused.paused(host);
    }

    pub(super) fn fault_fired(&mut self, fault: &Fault, holder: Option<Host>, now: Duration) {
        self.heals.fired(fault, now);
        self.takeovers.fired(fault, holder, now);
    }

    pub(super) fn committed(
        &mut self,
        observed: &ObservedState,
        deltas: &[Delta],
        findings: &mut Findings,
    ) {
        for delta in deltas {
            self.deadlines.changed(delta, self.now);
            self.heals.changed(delta, &self.orders, self.now, findings);
            self.retries.changed(delta);
            self.paused.changed(delta, self.now, findings);
            self.orders.changed(delta, self.now);
            self.takeovers.changed(delta, self.now, findings);
            self.kept.changed(observed, delta, self.now, findings);
        }
    }

    /// An order was accepted. It may have been revoked since.
    pub(super) fn order_answered(&mut self, answered: &AnsweredOrder) {
        let saga = answered.sent.saga;
        let is_in_force = saga.is_some_and(|saga| self.orders.is_paused(&saga));
        self.paused.answered(answered, is_in_force, self.now);
    }

    /// The reply to a step has reached a host.
    pub(super) fn replied(&mut self, to: Host, step: &StepRequest) {
        self.retries.replied(to, step);
    }

    pub(super) fn at_rest(&mut self, now: Duration, findings: &mut Findings) {
        self.heals.at_rest(&self.orders, now, findings);
        self.takeovers.at_rest(now, findings);
    }
}

impl Checker {
    /// The time of what the checker is told next.
    pub fn set_time(&mut self, now: Duration) {
        self.timed.now = now;
    }

    /// Every fault has ended, and every process runs or is being started.
    pub fn faults_ended(&mut self, now: Duration) {
        self.timed.heals.healed(now);
        self.timed.takeovers.healed();
    }

    /// A coordinator has sent these steps.
    pub fn steps_left(&mut self, from: Host, steps: &[StepRequest], now: Duration, event: usize) {
        let mut findings = Findings::default();
        let epoch = self.observed.epoch;
        for step in steps {
            let saga = self.observed.sagas.get(&step.saga.0);
            let deadlines = &self.timed.deadlines;
            // An operator may waive the deadline.
            if !self.timed.orders.is_forced(&step.saga.0) {
                deadlines.sent(from, step, saga, now, &mut findings);
            }
            let holder = self.observed.holder;
            self.timed
                .paused
                .sent((from, holder), step, now, &mut findings);
            self.timed.retries.sent(
                (from, epoch),
                step,
                now,
                self.fault_windows.all(),
                &mut findings,
            );
        }
        self.record(findings, event);
    }
}
