//! The task of one saga: asks the rules what to do, does it, and tells them what happened.
//!
//! It ends when the saga has, or when the log says that somebody else drives it now.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{Inner, registry::SagaProgress};
use crate::{
    id::{SagaId, StepIndex},
    log::{LogEntry, LogFailure, LogReply, StatusChange, StepRecord},
    protocol::{Command, Definition, Event, Op, Outcome, SagaState, Status, StepRequest},
    time::Timestamp,
};

/// A saga and the task that drives it.
pub(crate) struct Driven {
    pub(crate) id: SagaId,
    pub(crate) definition: Definition,
    pub(crate) deadline_at: Timestamp,
    /// The status that is durable.
    pub(crate) logged: Status,
    pub(crate) view: watch::Sender<SagaProgress>,
}

/// Drives a saga to its end, or until somebody else does.
pub(crate) async fn drive(inner: Arc<Inner>, mut driven: Driven) {
    let live = driven.view.borrow().clone();
    let mut state = SagaState {
        status: live.status,
        in_doubt: false,
        steps: live.steps.into_iter().map(|record| record.state).collect(),
    };
    let mut retry = Retry::new(&inner);
    let mut event = Event::Resumed;
    'saga: loop {
        let happened = std::mem::replace(&mut event, Event::Resumed);
        let commands = match inner.rules.decide(&state, happened) {
            Ok((next, commands)) => {
                state = next;
                commands
            }
            Err(illegal) => {
                tracing::error!(saga = %driven.id, %illegal, "alert: the saga is stuck on a defect");
                driven.park(&inner, &state).await;
                break 'saga;
            }
        };
        driven.show(&state);
        for command in commands {
            let happened = match command {
                Command::Send { step, op } => {
                    Some(driven.send(&inner, &state, &mut retry, step, op).await)
                }
                Command::Log(status) => driven.log(&inner, &state, status).await,
                Command::Settle(status) => {
                    driven.settle(&inner, &state, status).await;
                    None
                }
            };
            match happened {
                Some(happened) => event = happened,
                None => break 'saga,
            }
        }
    }
    inner.registry.leave(driven.id);
}

/// Attempts at one request.
struct Retry {
    failures: u32,
    pauses: Box<dyn Iterator<Item = Duration> + Send>,
}

impl Retry {
    fn new(inner: &Inner) -> Self {
        Self {
            failures: 0,
            pauses: Box::new(inner.pauses()),
        }
    }
}

impl Driven {
    /// Sends one request, after a pause if the last one got no answer.
    async fn send(
        &mut self,
        inner: &Arc<Inner>,
        state: &SagaState,
        retry: &mut Retry,
        step: StepIndex,
        op: Op,
    ) -> Event {
        if retry.failures > 0 {
            let pause = retry.pauses.next().unwrap_or(inner.config.pause_max);
            tokio::time::sleep(self.bounded(inner, op, pause)).await;
        }
        if op == Op::Do && !state.in_doubt && inner.env.clock.now() >= self.deadline_at {
            *retry = Retry::new(inner);
            return Event::DeadlinePassed;
        }
        self.change(|live| live.steps[step].count(op));
        match inner
            .sender
            .send(self.definition.steps[step].service, self.request(step, op))
            .await
        {
            Ok(reply) => {
                *retry = Retry::new(inner);
                Event::Answered { step, op, reply }
            }
            Err(unanswered) => {
                retry.failures = retry.failures.saturating_add(1);
                tracing::debug!(saga = %self.id, step, ?op, %unanswered, failures = retry.failures, "no answer");
                if retry.failures == inner.config.park_after {
                    tracing::error!(saga = %self.id, step, ?op, %unanswered, "alert: the saga is parked, retries go on slowly");
                    self.park(inner, state).await;
                }
                Event::Unanswered { step, op }
            }
        }
    }

    /// An action's pause does not outlast the deadline.
    fn bounded(&self, inner: &Inner, op: Op, pause: Duration) -> Duration {
        match op {
            Op::Do => pause.min(inner.env.clock.now().until(self.deadline_at)),
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

    /// Makes a status durable. Nothing, if somebody else drives this saga now.
    async fn log(&mut self, inner: &Inner, state: &SagaState, to: Status) -> Option<Event> {
        let steps = self.records(state);
        let entry = StatusChange {
            saga: self.id,
            from: self.logged,
            to,
            parked: self.view.borrow().parked,
            outcome: (!to.is_open()).then(|| Outcome::of(state)),
            steps,
        };
        let mut pauses = inner.pauses();
        let mut in_doubt = false;
        loop {
            match inner.log(LogEntry::StatusChange(entry.clone())).await {
                Ok(LogReply::Changed) => break,
                // Our own write of before, whose confirmation was lost.
                Ok(LogReply::Lost) if in_doubt => break,
                Ok(_) | Err(LogFailure::Fenced | LogFailure::Closed) => return None,
                Err(failure) => {
                    in_doubt |= matches!(failure, LogFailure::Unknown(_));
                    tracing::warn!(saga = %self.id, ?to, ?failure, "the saga log did not take a status; trying again");
                    tokio::time::sleep(pauses.next().unwrap_or(inner.config.pause_max)).await;
                }
            }
        }
        self.logged = to;
        Some(Event::Logged(to))
    }

    /// Answers whoever waits, then makes the end durable.
    async fn settle(&mut self, inner: &Inner, state: &SagaState, status: Status) {
        let outcome = Outcome::of(state);
        self.view.send_modify(|live| {
            live.status = status;
            live.outcome = Some(outcome);
            live.parked = false;
        });
        if self.logged != status {
            self.log(inner, state, status).await;
        }
    }

    async fn park(&mut self, inner: &Inner, state: &SagaState) {
        self.change(|live| live.parked = true);
        self.log(inner, state, self.logged).await;
    }

    /// Changes what is seen by whoever looks. Those who wait do so for the end alone, and are not woken before.
    fn change(&self, change: impl FnOnce(&mut SagaProgress)) {
        self.view.send_if_modified(|live| {
            change(live);
            false
        });
    }

    /// Shows what is known to whoever looks.
    fn show(&self, state: &SagaState) {
        self.change(|live| {
            live.status = self.logged;
            for (record, known) in live.steps.iter_mut().zip(&state.steps) {
                record.state.clone_from(known);
            }
        });
    }

    fn records(&self, state: &SagaState) -> Vec<StepRecord> {
        let live = self.view.borrow();
        let known = live.steps.iter().zip(&state.steps);
        known
            .map(|(record, known)| StepRecord {
                state: known.clone(),
                attempts: record.attempts,
                undo_attempts: record.undo_attempts,
            })
            .collect()
    }
}
