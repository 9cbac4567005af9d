//! The task of one saga: asks the rules for commands, executes them, and reports the result to the rules.
//!
//! The task ends when the saga has ended, or when the log refuses an entry because another coordinator drives the saga.
//! `task_log.rs` has what it writes to the log, `task_orders.rs` how it obeys operators, `last_failure.rs` what it tells them, and
//! `attempts.rs` the requests that it has under way.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::sync::watch;

use super::{
    attempts::{Attempt, Attempts, Phase, Reply},
    controls::Orders,
    core::Core,
    registry::SagaProgress,
};
use crate::{
    id::{SagaId, StepIndex},
    log::Direction,
    protocol::{Command, Definition, Event, Op, SagaState, Status, StepDefinition, StepRequest},
    time::Timestamp,
    trace::{Span, TraceContext},
};

/// A saga and what its task needs.
pub(super) struct SagaTask {
    pub(super) id: SagaId,
    /// The number of its kind among those that are counted.
    pub(super) kind: usize,
    pub(super) definition: Definition,
    pub(super) deadline_at: Timestamp,
    /// The status that is durable.
    pub(super) logged: Status,
    pub(super) progress: watch::Sender<SagaProgress>,
    /// The mark of a saga that is parked, on its way to the log.
    pub(super) mark: Option<BoxFuture<'static, ()>>,
    /// The orders that it has heard of.
    pub(super) heard: Orders,
    /// Ends with the task.
    pub(super) span: Span,
}

/// A deadline has passed, so an action must not be sent any more.
struct DeadlinePassed;

/// Drives a saga until it has ended or another coordinator drives it.
pub(super) async fn drive(core: Arc<Core>, mut task: SagaTask) {
    task.heard = core.controls.of(task.id);
    let mut state = task.state();
    let mut attempts = Attempts::new(&core);
    let mut event = Some(Event::Resumed);
    while let Some(happened) = event.take() {
        let commands = match core.rules.decide(&state, happened) {
            Ok((next, commands)) => {
                state = next;
                commands
            }
            Err(illegal) => {
                tracing::error!(saga = %task.id, %illegal, "alert: a defect stops this saga");
                task.note_defect(&illegal.to_string());
                let reason = format!("a defect stops this saga: {illegal}");
                task.park(&core, &state, &reason);
                task.await_mark().await;
                break;
            }
        };
        task.publish(&state);
        event = task.execute(&core, &state, &mut attempts, &commands).await;
    }
    drop(attempts);
    core.registry.remove(task.id);
    core.controls.forget(task.id);
}

impl SagaTask {
    /// Executes commands in order and returns what happens next. `None` if the task must end.
    async fn execute<'c>(
        &mut self,
        core: &'c Arc<Core>,
        state: &SagaState,
        attempts: &mut Attempts<'c>,
        commands: &[Command],
    ) -> Option<Event> {
        attempts.keep(commands);
        let mut logged = None;
        for command in commands {
            match *command {
                Command::Send { step, op } => attempts.add(step, op),
                Command::Log(status) => logged = Some(self.log(core, state, status).await?),
                Command::Park { step, reason } => {
                    attempts.begin_slowly(self.step(step).retry);
                    self.park_forbidden(core, state, step, reason);
                }
                Command::Settle(status) => {
                    self.settle(core, state, status).await;
                    return None;
                }
            }
        }
        match logged {
            Some(event) => Some(event),
            None => self.next_event(core, state, attempts).await,
        }
    }

    /// Sends what is to be sent, and waits until a reply comes, or does not come in time, or the deadline passes.
    async fn next_event<'c>(
        &mut self,
        core: &'c Arc<Core>,
        state: &SagaState,
        attempts: &mut Attempts<'c>,
    ) -> Option<Event> {
        loop {
            let changes = core.controls.changes();
            if let Some(ordered) = self.hear_orders(core, attempts) {
                return Some(ordered);
            }
            if self.send_ready(core, state, attempts).is_err() {
                attempts.begin_anew();
                return Some(Event::DeadlinePassed);
            }
            let progress = match attempts.may_be_ordered() || self.mark.is_some() {
                false => attempts.progress().await,
                true => tokio::select! {
                    biased;
                    progress = attempts.progress() => progress,
                    () = core.controls.changed(changes) => continue,
                    () = self.mark_stored() => continue,
                },
            };
            let Some((index, progress)) = progress else {
                tracing::error!(saga = %self.id, ?state, "alert: the rules have no next step for this saga");
                self.note_defect("the rules have no next step for this saga");
                let reason = "a defect stops this saga: the rules have no next step";
                self.park(core, state, reason);
                self.await_mark().await;
                return None;
            };
            let Attempt { step, op, .. } = *attempts.get_mut(index);
            match progress {
                // The pause of this attempt is over.
                None => {}
                Some(Ok(reply)) => {
                    let attempt = attempts.end(index);
                    self.end_failure();
                    self.tell_reply(attempt, &reply);
                    return Some(Event::Replied { step, op, reply });
                }
                Some(no_reply) => {
                    let attempt = attempts.get_mut(index);
                    self.count_failure(core, state, attempt, no_reply);
                    return Some(Event::NoReply { step, op });
                }
            }
        }
    }

    /// Sends each request that is ready, and begins the pause of each that failed.
    ///
    /// # Errors
    /// [`DeadlinePassed`]: an action must not be sent any more. Past the deadline the saga sends seals instead of actions.
    /// They settle whether its steps happened.
    fn send_ready<'c>(
        &self,
        core: &'c Core,
        state: &SagaState,
        attempts: &mut Attempts<'c>,
    ) -> Result<(), DeadlinePassed> {
        for attempt in attempts.iter_mut() {
            if matches!(attempt.phase, Phase::Rested) {
                let policy = self.step(attempt.step).retry;
                let pause = attempt.retry.next_pause(core, policy);
                let left = self.time_left(core, state, attempt);
                let pause = left.map_or(pause, |left| pause.min(left));
                self.note_pause(core, pause);
                attempt.pause(pause);
            }
            if matches!(attempt.phase, Phase::Ready) && !self.is_paused(core, attempt.step) {
                if self.time_left(core, state, attempt) == Some(Duration::ZERO) {
                    return Err(DeadlinePassed);
                }
                let (step, op) = (attempt.step, attempt.op);
                // Counted before it is sent: a request that gets no reply is an attempt, too.
                self.update(|progress| progress.steps[step].count(op));
                self.note_attempt();
                let StepDefinition { service, retry, .. } = *self.step(step);
                attempt.trace = self.attempt_trace(core, attempt);
                let request = self.request(step, op, attempt.trace.context());
                attempt.send(core, service, retry, request);
            }
        }
        Ok(())
    }

    /// How long an action may still be sent. `None` if no deadline concerns the request.
    fn time_left(&self, core: &Core, state: &SagaState, attempt: &Attempt<'_>) -> Option<Duration> {
        if attempt.op != Op::Do || !state.has_deadline(attempt.step) {
            return None;
        }
        let of_saga = core.env.clock.now().until(self.deadline_at);
        let of_step = attempt.time_left(core, self.step(attempt.step).retry);
        Some(of_step.map_or(of_saga, |of_step| of_step.min(of_saga)))
    }

    /// Counts an attempt without a reply, and parks the saga if it is one too many.
    fn count_failure(
        &mut self,
        core: &Arc<Core>,
        state: &SagaState,
        attempt: &mut Attempt<'_>,
        no_reply: Reply,
    ) {
        attempt.phase = Phase::Rested;
        attempt.retry.failures = attempt.retry.failures.saturating_add(1);
        let (step, op, failures) = (attempt.step, attempt.op, attempt.retry.failures);
        let StepDefinition { name, service, .. } = *self.step(step);
        let no_reply = no_reply.err();
        let no_reply = no_reply.map(|no_reply| no_reply.0).unwrap_or_default();
        self.tell_no_reply(attempt, &no_reply);
        self.note_no_reply(step, op, failures, &no_reply);
        // Exactly at the threshold, so that a saga is parked and reported once per request.
        if failures == core.config.park_after {
            let reason = format!(
                "step {step} ({name}) got no usable answer from the {service} service, {failures} times in a row: {no_reply}"
            );
            self.park(core, state, &reason);
        }
    }

    pub(super) fn step(&self, step: StepIndex) -> &StepDefinition {
        &self.definition.steps()[step]
    }

    fn request(&self, step: StepIndex, op: Op, traceparent: Option<TraceContext>) -> StepRequest {
        let args = self.step(step).args.clone();
        StepRequest {
            saga: self.id,
            step,
            op,
            fingerprint: args.fingerprint(),
            args,
            traceparent,
        }
    }

    /// Updates the progress. Wakes its watchers only if somebody follows it: a client waits for the outcome alone, and a wake-up
    /// for each step would cost a task switch.
    pub(super) fn update(&self, update: impl FnOnce(&mut SagaProgress)) {
        self.progress.send_if_modified(|progress| {
            update(progress);
            progress.followed.is_set()
        });
    }

    /// Publishes the states of the steps, with the durable status. Wakes the watchers if the saga is committed now, and not
    /// about to end, or if somebody follows it.
    fn publish(&self, state: &SagaState) {
        self.progress.send_if_modified(|progress| {
            progress.status = self.logged;
            progress.in_doubt = state.in_doubt;
            for (record, step) in progress.steps.iter_mut().zip(&state.steps) {
                record.state.clone_from(step);
            }
            let was_committed = progress.is_committed;
            progress.is_committed = state.is_committed();
            let commits = progress.is_committed && !was_committed && state.status.is_open();
            commits || progress.followed.is_set()
        });
    }

    /// The state at the start of the task, from the published progress.
    fn state(&self) -> SagaState {
        let progress = self.progress.borrow();
        SagaState {
            status: progress.status,
            in_doubt: self.heard.direction == Some(Direction::Abort),
            is_forced: self.heard.direction == Some(Direction::ForceComplete),
            shape: self.definition.shape(),
            steps: progress
                .steps
                .iter()
                .map(|record| record.state.clone())
                .collect(),
        }
    }
}
