//! Traffic: each message and commit of a process is numbered, recorded and checked, and may fire faults.
//!
//! Everything about one message or commit happens under one lock: it is numbered, recorded and judged before any
//! other task can see its effect.

use std::time::Duration;

use likewise_saga::id::SagaId;

use super::{
    check::AlertMessage,
    faults::command::{DriverCommand, Termination},
    handle::World,
    network::message::Message,
    plan::{Fault, Host, SagaColumn},
    process::incarnation::Incarnation,
    record::{Change, EventKind, StepNote},
};

impl World {
    /// A process sends a request. Returns the number of the message, and the faults to apply to the request.
    pub(super) fn sent(
        &self,
        incarnation: &Incarnation,
        message: &Message,
        path: String,
    ) -> (u64, Vec<Fault>) {
        let mut state = self.lock();
        state.messages += 1;
        let number = state.messages;
        let link = (incarnation.host, message.to);
        // A reordered request on this link waits for this moment.
        for overtaken in state.overtaken.remove(&link).unwrap_or_default() {
            overtaken.notify_one();
        }
        let steps: Vec<StepNote> = message
            .steps
            .iter()
            .map(|step| state.step_note(step, None))
            .collect();
        let sagas = sagas_of(&steps);
        let kind = EventKind::Sent {
            message: number,
            to: message.to,
            what: message.what,
            path,
            steps,
        };
        state.note(incarnation.host, kind);
        // Before any fault: the probes repeat a step also if its request was lost.
        state.checker.sent(&message.steps, message.to.first());
        if !message.steps.is_empty() {
            let (from, now) = (incarnation.host, state.now());
            state.judge(from, |checker, event| {
                checker.steps_left(from, &message.steps, now, event);
            });
        }
        let due =
            state
                .triggers
                .request(number, incarnation.host, message.to, message.what, &sagas);
        let faults = state.inject_at_message(incarnation, &sagas, due);
        let is_sent = |fault: &Fault| !matches!(fault, Fault::LoseRequest | Fault::Forge { .. });
        if message.to.is_coordinator() && faults.iter().all(is_sent) {
            let now = state.now();
            state.checker.request_sent(number, message.to, now);
        }
        (number, faults)
    }

    /// A process sends an alert. `None`: what it sends is none.
    pub(super) fn alert_sent(&self, incarnation: &Incarnation, message: Option<&AlertMessage>) {
        let mut state = self.lock();
        let now = state.now();
        let from = (incarnation.host, incarnation.number);
        state.judge(incarnation.host, |checker, event| {
            checker.alert_sent(from, message, now, event);
        });
    }

    /// A request has arrived at a process.
    pub(super) fn arrived(&self, host: Host, message: u64) {
        let mut state = self.lock();
        state.note(host, EventKind::Arrived { message });
        state.checker.request_over(message);
    }

    /// A reply arrives at a process. Returns the faults to apply to the reply.
    pub(super) fn replied(
        &self,
        incarnation: &Incarnation,
        number: u64,
        message: &Message,
        status: u16,
        body: &[u8],
    ) -> Vec<Fault> {
        let mut state = self.lock();
        state.checker.request_over(number);
        let due = state.triggers.reply(number);
        let sagas = state.sagas_of(message);
        let faults = state.inject_at_message(incarnation, &sagas, due);
        // A reply that is lost, or that reaches a dead process, is not recorded as received.
        let lost = faults.contains(&Fault::LoseReply);
        if !lost && !incarnation.is_dead() {
            let (status, steps) = match garbled(&faults, status) {
                Some(status) => (status, Vec::new()),
                None => (status, state.reply_notes(message, body, incarnation.host)),
            };
            state.note(
                incarnation.host,
                EventKind::Replied {
                    message: number,
                    status,
                    steps,
                },
            );
        }
        faults
    }

    /// An operation of a client has arrived at a coordinator. Returns a number for it.
    pub(super) fn operation_arrived(&self, host: Host, has_body: bool) -> u64 {
        let mut state = self.lock();
        let now = state.now();
        state.checker.operation_arrived(host, has_body, now)
    }

    /// An operation is answered.
    pub(super) fn operation_answered(&self, host: Host, number: u64) {
        let mut state = self.lock();
        let now = state.now();
        state.judge(host, |checker, event| {
            checker.operation_answered(number, now, event);
        });
    }

    /// An operation will not be answered.
    pub(super) fn operation_dropped(&self, number: u64) {
        let mut state = self.lock();
        let now = state.now();
        state.checker.operation_dropped(number, now);
    }

    /// Whether an operation that was sent may still start a saga.
    pub(super) fn may_start_a_saga(&self) -> bool {
        let state = self.lock();
        state.checker.may_start_a_saga(state.now())
    }

    /// Somebody has damaged the row of a saga with this lock.
    pub(super) fn row_damaged(
        &self,
        host: Host,
        saga: SagaId,
        column: SagaColumn,
        lock_key: String,
    ) {
        let mut state = self.lock();
        let (number, now) = (state.number(saga), state.now());
        let column = column.name().into();
        state.note(
            host,
            EventKind::RowDamaged {
                saga: number,
                column,
            },
        );
        state.checker.row_damaged(saga.0, lock_key, now);
    }

    /// Another coordinator has replaced this one, which ends.
    pub(super) fn process_taken_over(&self, host: Host) {
        let mut state = self.lock();
        state.checker.process_ends(host);
        state.commands.push_back(DriverCommand::Terminate {
            host,
            termination: Termination::TakenOver,
            down_for: Duration::ZERO,
        });
    }

    /// Whether the process of a host accepts requests and answers none.
    pub(super) fn answers_nothing(&self, machine: Host) -> bool {
        let is_silent = |(fault, _): &(Fault, Duration)| matches!(fault, Fault::AcceptAndNeverAnswer { host, .. } if *host == machine);
        self.active_faults(|faults| faults.filter(is_silent).count() > 0)
    }

    /// The network host has delivered a request for which nobody waits.
    pub(super) fn repeated(&self, number: u64, message: &Message, status: u16, body: &[u8]) {
        let mut state = self.lock();
        let steps = state.reply_notes(message, body, Host::NETWORK);
        state.note(
            Host::NETWORK,
            EventKind::Repeated {
                message: number,
                status,
                steps,
            },
        );
    }

    /// A process is about to commit. Returns the number of the commit, and the faults to apply to it. Afterwards, the process
    /// may be dead or paused.
    pub(super) fn committing(
        &self,
        incarnation: &Incarnation,
        name: &'static str,
    ) -> (u64, Vec<Fault>) {
        let mut state = self.lock();
        state.commits += 1;
        let number = state.commits;
        if self.is_bare() {
            return (number, Vec::new());
        }
        state.row_refusals.begin(incarnation.host);
        let due = state.triggers.before_commit(number, incarnation.host, name);
        (number, state.inject_at_message(incarnation, &[], due))
    }

    /// A transaction of a process is about to commit these changes. Returns whether the database refuses one of the rows.
    pub(super) fn refuses_row(&self, host: Host, changes: &[Change]) -> bool {
        self.lock().refuses_row(host, changes)
    }

    /// A process has committed. Returns the faults to apply after the commit. Afterwards, the process may be dead or paused.
    pub(super) fn committed(
        &self,
        incarnation: &Incarnation,
        number: u64,
        name: &'static str,
        changes: Vec<Change>,
    ) -> Vec<Fault> {
        if self.is_bare() {
            return Vec::new();
        }
        let mut state = self.lock();
        // A transaction without changes to the captured tables is no event: the checks have nothing to judge.
        if !changes.is_empty() {
            let what = name.into();
            state.note(incarnation.host, EventKind::Committed { what, changes });
            let epoch = state.checker.observed().epoch;
            state.judge_last(incarnation.host, |checker, event, last| {
                if let Some(EventKind::Committed { changes, .. }) = last {
                    checker.committed(incarnation.host, changes, event);
                }
            });
            // A new epoch is a takeover, which ends the pause of a zombie.
            if epoch != state.checker.observed().epoch {
                state.taken_over();
                let now = state.now();
                state.checker.log_taken_over(incarnation.host, now);
            }
        }
        let due = state.triggers.after_commit(number);
        state.inject_at_message(incarnation, &[], due)
    }
}

/// The status that the sender reads from a forged or truncated reply. Such a reply tells nothing about the steps.
fn garbled(faults: &[Fault], status: u16) -> Option<u16> {
    faults.iter().rev().find_map(|fault| match *fault {
        Fault::Forge { status } => Some(status),
        Fault::Truncate { .. } => Some(status),
        _ => None,
    })
}

fn sagas_of(steps: &[StepNote]) -> Vec<u32> {
    steps.iter().map(|step| step.saga).collect()
}
