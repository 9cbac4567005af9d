//! The checker of a run. It keeps the observed state of the databases and the history of the clients, and calls every
//! invariant.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Duration,
};

use likewise_saga::{
    id::{SagaId, StepIndex},
    protocol::{Op, StepRequest},
};

use super::{
    alerts::Alerts,
    answered::OpenRequests,
    any_saga::of_the_log,
    checked_system::CheckedSystem,
    damage::Damage,
    durable,
    fault_windows::FaultWindows,
    health::Health,
    history::{Attempt, ClientOp, History, Read},
    invariant::Invariant,
    observed_state::ObservedState,
    on_the_way::OnTheWay,
    orders::{AnsweredOrder, SentOrder},
    property::{Findings, Property},
    readiness::Readiness,
    recovers::Silences,
    timed::Timed,
    told::ToldChange,
};
use crate::{
    plan::{Family, Host, Plan, PlannedFault},
    record::{Change, Outcome, PropertyStatus, PropertyVerdict, SagaCounts, Violation},
};

/// The checker of a run.
pub struct Checker {
    pub(super) observed: ObservedState,
    history: History,
    /// Whether the plan breaks no disk. A write that a broken disk fails may still be on it, so the database may hold more
    /// than was committed.
    pub(super) disk_is_sound: bool,
    properties: Vec<Property>,
    invariants: Vec<Box<dyn Invariant>>,
    exercised: BTreeMap<&'static str, u64>,
    violations: Vec<Violation>,
    violated: BTreeSet<String>,
    steps_sent: Vec<(Host, StepRequest)>,
    hanging_refused: u64,
    repeats_answered: u64,
    answered: HashSet<(SagaId, StepIndex, Op)>,
    pub(super) open_requests: OpenRequests,
    pub(super) on_the_way: OnTheWay,
    pub(super) silences: Silences,
    pub(super) timed: Timed,
    pub(super) fault_windows: FaultWindows,
    pub(super) readiness: Readiness,
    pub(super) damage: Damage,
    pub(super) health: Health,
    pub(super) alerts: Alerts,
}

impl Checker {
    /// A checker of a run of this plan and system, with the invariants in the order in which they judge.
    #[must_use]
    pub fn new(
        plan: &Plan,
        system: &'static dyn CheckedSystem,
        properties: Vec<Property>,
        invariants: Vec<Box<dyn Invariant>>,
    ) -> Self {
        let of_disk = |planned: &PlannedFault| planned.fault.kind().family() == Family::Disk;
        let nouns = system.nouns();
        Self {
            observed: ObservedState::new(system),
            history: History::default(),
            disk_is_sound: !plan.faults.iter().any(of_disk),
            properties,
            invariants,
            exercised: BTreeMap::new(),
            violations: Vec::new(),
            violated: BTreeSet::new(),
            steps_sent: Vec::new(),
            hanging_refused: 0,
            repeats_answered: 0,
            answered: HashSet::new(),
            open_requests: OpenRequests::new(plan, nouns),
            on_the_way: OnTheWay::new(plan),
            silences: Silences::new(plan, nouns),
            timed: Timed::new(plan, system.product()),
            fault_windows: FaultWindows::default(),
            readiness: Readiness::new(plan, nouns),
            damage: Damage::new(plan, nouns),
            health: Health::new(plan),
            alerts: Alerts::new(plan),
        }
    }

    /// A process has started.
    pub fn process_started(&mut self, host: Host, now: Duration) {
        self.open_requests.started(host);
        self.on_the_way.started(host);
        self.fault_windows.process_started(host, now);
        self.timed.process_started(host);
        self.health.started(host);
        for invariant in &mut self.invariants {
            invariant.process_started(host);
        }
    }

    /// A service has restarted and found these rows in the tables of its database.
    pub fn reopened(&mut self, host: Host, tables: &[&str], rows: &[Change], event: usize) {
        if !self.disk_is_sound {
            return;
        }
        let mut found = ObservedState::new(self.observed.system());
        let deltas = found.apply(host, rows);
        let mut findings = Findings::default();
        let service = (host.first(), tables);
        durable::reopened(service, &self.observed, &found, &mut findings);
        for mut invariant in of_the_log() {
            invariant.after_commit(&found, &deltas, &mut findings);
        }
        self.record(findings, event);
    }

    /// A transaction was committed and changed rows.
    pub fn committed(&mut self, host: Host, changes: &[Change], event: usize) {
        let deltas = self.observed.apply(host, changes);
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.after_commit(&self.observed, &deltas, &mut findings);
        }
        self.timed.committed(&self.observed, &deltas, &mut findings);
        self.record(findings, event);
    }

    /// A client has begun an operation. Returns its place in the history.
    pub fn invoked(&mut self, op: ClientOp) -> usize {
        for invariant in &mut self.invariants {
            invariant.invoked(&op);
        }
        self.history.push(op)
    }

    /// The reader has sent the first request of a read.
    pub fn read_began(&mut self, number: u64) {
        for invariant in &mut self.invariants {
            invariant.read_began(number, &self.observed);
        }
    }

    /// Every page of a read is answered.
    pub fn read_answered(&mut self, read: &Read, event: usize) {
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.read_answered(read, &self.observed, &mut findings);
        }
        self.record(findings, event);
    }

    /// A read is over, answered or not.
    pub fn read_ended(&mut self, number: u64) {
        for invariant in &mut self.invariants {
            invariant.read_ended(number);
        }
    }

    /// A client that follows a saga was told a change of the log. On a broken disk the log may have what no commit wrote.
    pub fn told(&mut self, told: &ToldChange, event: usize) {
        if !self.disk_is_sound {
            return;
        }
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.told(told, &self.observed, &mut findings);
        }
        self.record(findings, event);
    }

    /// An operator sends an order.
    pub fn order_sent(&mut self, order: &SentOrder) {
        for invariant in &mut self.invariants {
            invariant.order_sent(order);
        }
    }

    /// A coordinator has accepted an order. On a broken disk the log may have what no commit wrote.
    pub fn order_answered(&mut self, answered: &AnsweredOrder, event: usize) {
        if !self.disk_is_sound {
            return;
        }
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.order_answered(answered, &self.observed, &mut findings);
        }
        self.timed.order_answered(answered);
        self.record(findings, event);
    }

    /// The network host will deliver this copy of a client's write.
    pub fn repeated_unkeyed(&mut self, copy: ClientOp) {
        let place = self.invoked(copy);
        self.returned(place, Vec::new(), Outcome::Unknown, usize::MAX);
    }

    /// A client has a definite answer, or gives up.
    pub fn returned(
        &mut self,
        place: usize,
        attempts: Vec<Attempt>,
        outcome: Outcome,
        event: usize,
    ) {
        let op = self.history.close(place, attempts, outcome, event);
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.returned(op, &self.observed, &mut findings);
        }
        self.record(findings, event);
    }

    /// Nothing is in progress any more.
    pub fn at_rest(&mut self, now: Duration, event: usize) {
        let mut findings = Findings::default();
        for invariant in &mut self.invariants {
            invariant.at_rest(&self.observed, &self.history, &mut findings);
        }
        self.open_requests.at_rest(now, &mut findings);
        self.timed.at_rest(now, &mut findings);
        self.alerts_at_rest(&mut findings);
        self.record(findings, event);
    }

    /// The last request that was sent for a step.
    #[must_use]
    pub fn step_sent(&self, saga: uuid::Uuid, step: i64) -> Option<&StepRequest> {
        let is_it = |sent: &&(Host, StepRequest)| {
            sent.1.saga.0 == saga && i64::try_from(sent.1.step) == Ok(step)
        };
        self.steps_sent
            .iter()
            .rev()
            .find(is_it)
            .map(|(_, step)| step)
    }

    /// Steps were sent to a service.
    pub fn sent(&mut self, steps: &[StepRequest], to: Host) {
        self.steps_sent
            .extend(steps.iter().map(|step| (to, step.clone())));
    }

    /// The reply of a service to a step has reached a host. `is_dead` says whether it is `Dead`.
    pub fn step_replied(&mut self, step: &StepRequest, to: Host, is_dead: bool) {
        self.timed.replied(to, step);
        if step.op == Op::Do && is_dead {
            self.hanging_refused += 1;
        }
        if !self.answered.insert((step.saga, step.step, step.op)) {
            self.repeats_answered += 1;
        }
    }

    /// The observed state of the databases.
    #[must_use]
    pub fn observed(&self) -> &ObservedState {
        &self.observed
    }

    /// Every step that was sent, in order, with the first host of its service.
    #[must_use]
    pub fn steps_sent(&self) -> &[(Host, StepRequest)] {
        &self.steps_sent
    }

    /// The hanging actions that were refused, and the repeats that were answered.
    #[must_use]
    pub fn barrier_counts(&self) -> (u64, u64) {
        (self.hanging_refused, self.repeats_answered)
    }

    /// The history of the clients.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The sagas by status.
    #[must_use]
    pub fn sagas(&self) -> SagaCounts {
        self.observed.saga_counts()
    }

    /// The first violation of each property, in order.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Sets the time of the violations from this place on.
    pub fn stamp(&mut self, from: usize, at_micros: u64) {
        for violation in &mut self.violations[from..] {
            violation.at_micros = at_micros;
        }
    }

    /// The verdict on every property.
    #[must_use]
    pub fn verdicts(&self) -> Vec<PropertyVerdict> {
        let verdict = |property: &Property| PropertyVerdict {
            name: property.name.to_owned(),
            about: property.about.into(),
            kept_by: property.kept_by.into(),
            exercised: self.exercised(*property),
            status: self.status(*property),
        };
        self.properties.iter().map(verdict).collect()
    }

    fn exercised(&self, property: Property) -> u64 {
        self.exercised.get(property.name).copied().unwrap_or(0)
    }

    /// The status of one property.
    pub(crate) fn status(&self, property: Property) -> PropertyStatus {
        match (
            self.violated.contains(property.name),
            self.exercised(property),
        ) {
            (true, _) => PropertyStatus::Violated,
            (false, 0) => PropertyStatus::NeverExercised,
            (false, _) => PropertyStatus::Passed,
        }
    }

    pub(super) fn record(&mut self, findings: Findings, event: usize) {
        for (name, times) in findings.exercised {
            *self.exercised.entry(name).or_default() += times;
        }
        for (name, detail) in findings.violated {
            // The first violation of a property explains the failure. Later ones are consequences.
            if self.violated.insert(name.to_owned()) {
                self.violations.push(Violation {
                    property: name.to_owned(),
                    detail,
                    at_micros: 0,
                    event,
                });
            }
        }
    }
}
