//! The task of one saga: asks the rules for commands, executes them, and reports the result to the rules.
//!
//! The task ends when the saga has ended, or when the log refuses an entry because another coordinator drives the saga.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{core::Core, registry::SagaProgress};
use crate::{
    id::{SagaId, StepIndex},
    log::{LogEntry, LogFailure, LogReply, StatusChange, StepRecord},
    protocol::{Command, Definition, Event, Op, Outcome, SagaState, Status, StepRequest},
    time::Timestamp,
};

/// A saga and what its task needs.
pub(super) struct SagaTask {
    pub(super) id: SagaId,
    pub(super) definition: Definition,
    pub(super) deadline_at: Timestamp,
    /// The status that is durable.
    pub(super) logged: Status,
    pub(super) progress: watch::Sender<SagaProgress>,
}

/// Drives a saga until it has ended or another coordinator drives it.
pub(super) async fn drive(core: Arc<Core>, mut task: SagaTask) {
    let mut state = task.state();
    let mut retry = Retry::new(&core);
    let mut event = Some(Event::Resumed);
    while let Some(happened) = event.take() {
        let commands = match core.rules.decide(&state, happened) {
            Ok((next, commands)) => {
                state = next;
                commands
            }
            Err(illegal) => {
                tracing::error!(saga = %task.id, %illegal, "alert: a defect stops this saga");
                task.park(&core, &state).await;
                break;
            }
        };
        task.publish(&state);
        event = task.execute(&core, &state, &mut retry, commands).await;
    }
    core.registry.remove(task.id);
}

/// The attempts at one request. A reply, and the change from actions to seals at the deadline, begin a new one.
struct Retry {
    failures: u32,
    pauses: Box<dyn Iterator<Item = Duration> + Send>,
}

impl Retry {
    fn new(core: &Core) -> Self {
        Self {
            failures: 0,
            pauses: Box::new(core.pauses()),
        }
    }
}

impl SagaTask {
    /// Executes commands in order and returns what happened last. `None` if the task must end.
    async fn execute(
        &mut self,
        core: &Core,
        state: &SagaState,
        retry: &mut Retry,
        commands: Vec<Command>,
    ) -> Option<Event> {
        let mut event = Event::Resumed;
        for command in commands {
            event = match command {
                Command::Send { step, op } => self.send(core, state, retry, step, op).await,
                Command::Log(status) => self.log(core, state, status).await?,
                Command::Settle(status) => {
                    self.settle(core, state, status).await;
                    return None;
                }
            };
        }
        Some(event)
    }

    /// Sends one request, after a pause if the last attempt got no reply.
    async fn send(
        &mut self,
        core: &Core,
        state: &SagaState,
        retry: &mut Retry,
        step: StepIndex,
        op: Op,
    ) -> Event {
        if retry.failures > 0 {
            let pause = retry.pauses.next().unwrap_or(core.config.pause_max);
            tokio::time::sleep(self.bounded_pause(core, op, pause)).await;
        }
        // Past the deadline the saga sends seals instead of actions. They settle whether its steps happened.
        if op == Op::Do && !state.in_doubt && core.env.clock.now() >= self.deadline_at {
            *retry = Retry::new(core);
            return Event::DeadlinePassed;
        }
        // Counted before it is sent: a request that gets no reply is an attempt, too.
        self.update(|progress| progress.steps[step].count(op));
        let service = self.definition.steps[step].service;
        match core.sender.send(service, self.request(step, op)).await {
            Ok(reply) => {
                *retry = Retry::new(core);
                Event::Replied { step, op, reply }
            }
            Err(no_reply) => {
                retry.failures = retry.failures.saturating_add(1);
                tracing::debug!(saga = %self.id, step, ?op, %no_reply, failures = retry.failures, "no reply");
                // Exactly at the threshold, so that a saga is parked and reported once per request.
                if retry.failures == core.config.park_after {
                    tracing::error!(saga = %self.id, step, ?op, %no_reply, "alert: the saga is parked; slow retries go on");
                    self.park(core, state).await;
                }
                Event::NoReply { step, op }
            }
        }
    }

    /// The pause, cut at the deadline for an action: past it the saga seals instead of waiting.
    fn bounded_pause(&self, core: &Core, op: Op, pause: Duration) -> Duration {
        match op {
            Op::Do => pause.min(core.env.clock.now().until(self.deadline_at)),
            Op::Undo | Op::Seal => pause,
        }
    }

    fn request(&self, step: StepIndex, op: Op) -> StepRequest {
        let args = self.definition.steps[step].args.clone();
        StepRequest {
            saga: self.id,
            step,
            op,
            fingerprint: args.fingerprint(),
            args,
        }
    }

    /// Makes a status durable. Returns `None` if another coordinator drives this saga.
    ///
    /// It tries until the log replies: the first compensation must not be sent before the decision to compensate is durable.
    async fn log(&mut self, core: &Core, state: &SagaState, to: Status) -> Option<Event> {
        let change = self.status_change(state, to);
        let mut pauses = core.pauses();
        let mut in_doubt = false;
        loop {
            match core.log(LogEntry::StatusChange(change.clone())).await {
                Ok(LogReply::Changed) => break,
                // Our own earlier write, whose confirmation was lost.
                Ok(LogReply::Lost) if in_doubt => break,
                Ok(_) | Err(LogFailure::Fenced | LogFailure::Closed) => return None,
                Err(failure) => {
                    in_doubt |= matches!(failure, LogFailure::Unknown(_));
                    tracing::warn!(saga = %self.id, ?to, ?failure, "the saga log did not store a status; trying again");
                    tokio::time::sleep(pauses.next().unwrap_or(core.config.pause_max)).await;
                }
            }
        }
        self.logged = to;
        Some(Event::Logged(to))
    }

    fn status_change(&self, state: &SagaState, to: Status) -> StatusChange {
        StatusChange {
            saga: self.id,
            from: self.logged,
            to,
            parked: self.progress.borrow().parked,
            outcome: (!to.is_open()).then(|| Outcome::of(state)),
            steps: self.step_records(state),
        }
    }

    /// Answers the waiting clients, then makes the end durable.
    ///
    /// The client need not wait for the log: barrier rows have decided the outcome, and they never change again. After a crash
    /// the recovered saga finds the same outcome.
    async fn settle(&mut self, core: &Core, state: &SagaState, status: Status) {
        let outcome = Outcome::of(state);
        self.progress.send_modify(|progress| {
            progress.status = status;
            progress.outcome = Some(outcome);
            progress.parked = false;
        });
        if self.logged != status {
            self.log(core, state, status).await;
        }
    }

    /// Marks the saga for a person, in the progress and in the log. Its direction does not change.
    async fn park(&mut self, core: &Core, state: &SagaState) {
        self.update(|progress| progress.parked = true);
        self.log(core, state, self.logged).await;
    }

    /// Updates the progress without waking its watchers: a client waits for the outcome alone, and a wake-up for each step
    /// would cost a task switch.
    fn update(&self, update: impl FnOnce(&mut SagaProgress)) {
        self.progress.send_if_modified(|progress| {
            update(progress);
            false
        });
    }

    /// Publishes the states of the steps, with the durable status.
    fn publish(&self, state: &SagaState) {
        self.update(|progress| {
            progress.status = self.logged;
            for (record, step) in progress.steps.iter_mut().zip(&state.steps) {
                record.state.clone_from(step);
            }
        });
    }

    /// The state at the start of the task, from the published progress.
    fn state(&self) -> SagaState {
        let progress = self.progress.borrow();
        SagaState {
            status: progress.status,
            in_doubt: false,
            steps: progress
                .steps
                .iter()
                .map(|record| record.state.clone())
                .collect(),
        }
    }

    fn step_records(&self, state: &SagaState) -> Vec<StepRecord> {
        let progress = self.progress.borrow();
        let steps = progress.steps.iter().zip(&state.steps);
        steps
            .map(|(record, step)| StepRecord {
                state: step.clone(),
                attempts: record.attempts,
                undo_attempts: record.undo_attempts,
            })
            .collect()
    }
}
