//! What the task of a saga writes to the log: its direction, its end, and that a person should look at it.

use std::sync::Arc;

use tokio::sync::watch;

use super::{
    attempt_trace::COMPENSATED, core::Core, last_failure, registry::SagaProgress,
    saga_task::SagaTask,
};
use crate::{
    id::StepIndex,
    log::{LogEntry, LogFailure, LogReply, StatusChange, StepRecord},
    protocol::{Event, Outcome, ParkReason, SagaState, Status, StepDefinition},
};

impl SagaTask {
    /// Makes a status durable. Returns `None` if another coordinator drives this saga.
    ///
    /// It tries until the log replies: the first compensation must not be sent before the decision to compensate is durable.
    pub(super) async fn log(
        &mut self,
        core: &Core,
        state: &SagaState,
        to: Status,
    ) -> Option<Event> {
        self.log_change(core, self.status_change(core, state, to))
            .await
    }

    async fn log_change(&mut self, core: &Core, change: StatusChange) -> Option<Event> {
        // The log refuses a mark that comes after the next status.
        self.await_mark().await;
        let (to, recovers) = (change.to, change.recovers);
        if !store(core, &self.progress, change).await {
            return None;
        }
        if self.logged != to {
            core.kinds.counts.of(self.kind).stored(to);
        }
        self.logged = to;
        if recovers {
            let end = match to {
                Status::Completed => "completed",
                _ => "been undone",
            };
            tracing::info!(saga = %self.id, "the saga is no longer parked: it has {end}");
        }
        Some(Event::Logged(to))
    }

    fn status_change(&self, core: &Core, state: &SagaState, to: Status) -> StatusChange {
        let parked = self.progress.borrow().parked;
        StatusChange {
            saga: self.id,
            from: self.logged,
            to,
            parked,
            reason: None,
            recovers: parked && !to.is_open(),
            outcome: (!to.is_open()).then(|| Outcome::of(state)),
            // Also an order that the task has not heard of yet: the audit says how it ended.
            ordered: core
                .controls
                .of(self.id)
                .direction
                .filter(|_| to != self.logged),
            steps: self.step_records(state),
        }
    }

    /// Answers the waiting clients, then makes the end durable.
    ///
    /// The client need not wait for the log: barrier rows have decided the outcome, and they never change again. After a crash
    /// the recovered saga finds the same outcome.
    ///
    /// A failure of which the log has nothing yet is the exception. Another coordinator may have taken over and know another
    /// reason, for example the rule that refused a step. So it is durable first, and a coordinator that was replaced says nothing.
    pub(super) async fn settle(&mut self, core: &Core, state: &SagaState, status: Status) {
        let was_parked = self.progress.borrow().parked;
        let is_undecided = status == Status::Compensated && self.logged == Status::Running;
        if is_undecided && self.log(core, state, status).await.is_none() {
            return;
        }
        let outcome = Outcome::of(state);
        self.tell_end(match status {
            Status::Compensated => COMPENSATED,
            _ => "completed",
        });
        self.progress.send_modify(|progress| {
            progress.status = status;
            progress.outcome = Some(outcome);
            progress.parked = false;
        });
        if self.logged != status {
            let end = StatusChange {
                recovers: was_parked,
                ..self.status_change(core, state, status)
            };
            self.log_change(core, end).await;
        }
    }

    /// Marks the saga for a person: in the progress now, and in the log with an alert that gives the reason, while the saga goes on.
    /// Its direction does not change.
    pub(super) fn park(&mut self, core: &Arc<Core>, state: &SagaState, reason: &str) {
        let mut was_parked = false;
        self.update(|progress| was_parked = std::mem::replace(&mut progress.parked, true));
        if !was_parked {
            core.kinds.counts.of(self.kind).parked.inc();
        }
        let change = StatusChange {
            reason: Some(reason.into()),
            ..self.status_change(core, state, self.logged)
        };
        let before = self.mark.take();
        let (core, progress) = (Arc::clone(core), self.progress.clone());
        self.mark = Some(Box::pin(async move {
            if let Some(before) = before {
                before.await;
            }
            let (saga, reason) = (change.saga, change.reason.clone());
            // A coordinator that was replaced raises no alert: its successor may have ended the saga.
            if store(&core, &progress, change).await {
                let reason = reason.as_deref();
                tracing::error!(%saga, reason, "alert: the saga is parked; slow retries go on");
            }
            // A follower reads the log when it is woken, and the mark is there only now.
            progress.send_if_modified(|progress| progress.followed.is_set());
        }));
    }

    /// Waits until the mark of a parked saga is in the log. Waits for ever if none is on its way. Cancel safe.
    pub(super) async fn mark_stored(&mut self) {
        let Some(mark) = &mut self.mark else {
            return std::future::pending().await;
        };
        mark.await;
        self.mark = None;
    }

    /// Waits until no mark is on its way.
    pub(super) async fn await_mark(&mut self) {
        if self.mark.is_some() {
            self.mark_stored().await;
        }
    }

    /// Parks a saga that cannot be finished, because a participant gives a reply that it must not give.
    pub(super) fn park_forbidden(
        &mut self,
        core: &Arc<Core>,
        state: &SagaState,
        step: StepIndex,
        reason: ParkReason,
    ) {
        let StepDefinition { name, service, .. } = *self.step(step);
        let why = match reason {
            ParkReason::RefusedAfterPivot => {
                "its step is refused although it comes after the pivot"
            }
            ParkReason::Stale => {
                "its step is below the service's retention watermark although the saga is open"
            }
        };
        self.note_forbidden(step, reason, why);
        // The reply is the same after each pause. One alert is enough.
        if self.progress.borrow().parked {
            tracing::warn!(saga = %self.id, step, name, service, "the saga stays parked: {why}");
            return;
        }
        let reason = format!("step {step} ({name}) of the {service} service: {why}");
        self.park(core, state, &reason);
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

/// Makes a change durable. Tries until the log replies. Returns `false` if another coordinator drives the saga.
async fn store(core: &Core, progress: &watch::Sender<SagaProgress>, change: StatusChange) -> bool {
    let mut pauses = core.pauses();
    let mut in_doubt = false;
    loop {
        match core.log(LogEntry::StatusChange(change.clone())).await {
            Ok(LogReply::Changed) => return true,
            // Our own earlier write, whose confirmation was lost.
            Ok(LogReply::Lost) if in_doubt => return true,
            Ok(_) | Err(LogFailure::Fenced | LogFailure::Closed) => return false,
            Err(failure) => {
                in_doubt |= matches!(failure, LogFailure::Unknown(_));
                last_failure::note_log_failure(progress, &failure.to_string());
                let (saga, to) = (change.saga, change.to);
                tracing::warn!(%saga, ?to, ?failure, "the saga log did not store a status; trying again");
                tokio::time::sleep(pauses.next().unwrap_or(core.config.pause_max)).await;
            }
        }
    }
}
