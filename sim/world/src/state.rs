//! The state of one run, behind the world's one lock.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use indexmap::IndexSet;
use likewise_saga::{id::SagaId, protocol::StepRequest};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{
    check::Checker,
    faults::{
        active::ActiveFaults, command::DriverCommand, fired::FiredFault, row_refusals::RowRefusals,
        trigger_set::TriggerSet,
    },
    network::message::{self, Link, Message},
    plan::{FaultKind, Host, Plan},
    process::machine::Machines,
    record::{Event, EventKind, Outcome, Recorder, StepNote, Word},
    redrawn::Redrawn,
};

/// The state of one run.
pub(super) struct State {
    pub(super) recorder: Recorder,
    pub(super) checker: Checker,
    pub(super) triggers: TriggerSet,
    pub(super) active_faults: ActiveFaults,
    pub(super) row_refusals: RowRefusals,
    /// Commands for the next step boundary.
    pub(super) commands: VecDeque<DriverCommand>,
    pub(super) machines: Machines,
    /// The sagas by number: a saga's number is its place, from 1.
    pub(super) sagas: IndexSet<SagaId>,
    /// The host on which an operator starts one more coordinator.
    pub(super) second_coordinator: Option<Host>,
    /// The injections so far.
    pub(super) fired: Vec<FiredFault>,
    /// Behaviours of clients that are also kinds of faults.
    pub(super) behaviours: BTreeMap<FaultKind, u64>,
    /// The number of the last message.
    pub(super) messages: u64,
    /// The number of the last commit.
    pub(super) commits: u64,
    /// Deliveries that the network host has not completed.
    pub(super) deliveries_open: u64,
    /// Reordered requests that wait for the next request on their link.
    pub(super) overtaken: BTreeMap<Link, Vec<Arc<Notify>>>,
    /// The stream of commit latencies. It has its own seed: another draw must not change the latencies of the network.
    pub(super) latencies: Pcg64Mcg,
    pub(super) redrawn: Redrawn,
    /// The event up to which the run is not the one that its plan forks.
    pub(super) other_prefix: Option<usize>,
    /// The simulated time between two steps, when no host runs.
    pub(super) driver_time: Duration,
    pub(super) operations_done: bool,
    pub(super) is_set_up: bool,
    /// The clicks of the clients by outcome. A run without instruments has no history to count them from.
    pub(super) outcomes: BTreeMap<Outcome, u64>,
}

/// The stream of commit latencies of this noise.
fn latencies(noise: u64) -> Pcg64Mcg {
    Pcg64Mcg::seed_from_u64(noise ^ 0x5DEE_CE66)
}

impl State {
    /// The state at the start of a run.
    pub(super) fn new(plan: &Plan, checker: Checker, machines: Machines) -> Self {
        Self {
            recorder: Recorder::default(),
            checker,
            triggers: TriggerSet::new(plan),
            active_faults: ActiveFaults::default(),
            row_refusals: RowRefusals::default(),
            commands: VecDeque::new(),
            machines,
            sagas: IndexSet::new(),
            second_coordinator: plan.second_coordinator(),
            fired: Vec::new(),
            behaviours: BTreeMap::new(),
            messages: 0,
            commits: 0,
            deliveries_open: 0,
            overtaken: BTreeMap::new(),
            latencies: latencies(plan.noise),
            redrawn: Redrawn::of(plan),
            other_prefix: None,
            driver_time: Duration::ZERO,
            operations_done: false,
            is_set_up: false,
            outcomes: BTreeMap::new(),
        }
    }

    /// The simulated time, on a host or between two steps.
    pub(super) fn now(&self) -> Duration {
        turmoil::sim_elapsed().unwrap_or(self.driver_time)
    }

    /// The place is stable. Violations refer to events by it.
    pub(super) fn note(&mut self, host: Host, kind: EventKind) -> usize {
        let at_micros = u64::try_from(self.now().as_micros()).unwrap_or(u64::MAX);
        let place = self.recorder.push(Event {
            at_micros,
            host,
            kind,
        });
        self.redraw_after(place);
        place
    }

    /// Draws the rest of the run anew, if this event is the last one that stays as it is.
    fn redraw_after(&mut self, place: usize) {
        let Some(redraw) = self.redrawn.begin_at(place) else {
            return;
        };
        let is_other = |prefix: &String| *prefix != self.recorder.hash();
        if redraw.prefix.as_ref().is_some_and(is_other) {
            self.other_prefix = Some(place);
        }
        self.latencies = latencies(redraw.noise);
        self.triggers.redraw();
    }

    pub(super) fn judge(&mut self, host: Host, judge: impl FnOnce(&mut Checker, usize)) {
        self.judge_last(host, |checker, event, _| judge(checker, event));
    }

    /// Lets the checker judge, with the last event at hand.
    ///
    /// Each new violation becomes an event of this host.
    ///
    /// The event is lent and not copied: a commit may have hundreds of rows.
    pub(super) fn judge_last(
        &mut self,
        host: Host,
        judge: impl FnOnce(&mut Checker, usize, Option<&EventKind>),
    ) {
        let known = self.checker.violations().len();
        let place = self.recorder.len().saturating_sub(1);
        let now = self.now();
        self.checker.set_time(now);
        let last = self.recorder.last().map(|event| &event.kind);
        judge(&mut self.checker, place, last);
        if self.checker.violations().len() == known {
            return;
        }
        let at_micros = u64::try_from(self.now().as_micros()).unwrap_or(u64::MAX);
        self.checker.stamp(known, at_micros);
        let found = self.checker.violations()[known..].to_vec();
        for violation in found {
            let kind = EventKind::Violated {
                property: violation.property,
                detail: violation.detail,
            };
            self.note(host, kind);
        }
    }

    pub(super) fn step_note(&mut self, step: &StepRequest, reply: Option<Word>) -> StepNote {
        StepNote {
            saga: self.number(step.saga),
            step: step.step,
            op: message::op_word(step.op).into(),
            reply,
        }
    }

    /// What the replies to a message say, which have reached a host.
    pub(super) fn reply_notes(
        &mut self,
        message: &Message,
        body: &[u8],
        to: Host,
    ) -> Vec<StepNote> {
        let replies = match message.what.has_steps() {
            true => message::replies(body),
            false => Vec::new(),
        };
        let stale = message.steps.iter().zip(&replies);
        let stale = stale.filter(|(_, reply)| *reply == message::STALE);
        let stale: Vec<Uuid> = stale.map(|(step, _)| step.saga.0).collect();
        if !stale.is_empty() {
            self.judge(message.to, |checker, event| {
                checker.answered_stale(message.to, &stale, event);
            });
        }
        let pairs = message.steps.iter().zip(replies);
        pairs
            .map(|(step, reply)| {
                if reply != message::NOT_APPLIED {
                    self.checker.step_replied(step, to, reply == message::DEAD);
                }
                self.step_note(step, Some(reply))
            })
            .collect()
    }

    /// The numbers of the sagas in a message.
    pub(super) fn sagas_of(&mut self, message: &Message) -> Vec<u32> {
        let steps = message.steps.iter();
        steps.map(|step| self.number(step.saga)).collect()
    }

    /// The number of a saga, from 1 in the order of first messages. Records use numbers, because ids are long.
    pub(super) fn number(&mut self, saga: SagaId) -> u32 {
        let (place, _) = self.sagas.insert_full(saga);
        u32::try_from(place + 1).unwrap_or(u32::MAX)
    }

    /// The ids of the sagas, in the order of their numbers.
    pub(super) fn saga_ids(&self) -> Vec<String> {
        self.sagas.iter().map(SagaId::to_string).collect()
    }
}
