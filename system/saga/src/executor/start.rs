//! The start of a saga: its row is made durable, then its task is started.

use std::{any::Any, sync::Arc};

use futures::{FutureExt, future::BoxFuture};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{
    controls::Orders,
    core::Core,
    registry::{Followed, SagaProgress},
    saga_task::{SagaTask, drive},
};
use crate::{
    id::SagaId,
    log::{LogEntry, LogFailure, LogReply, NewSaga, PauseOf, StepRecord, StoredSaga, stored_id},
    protocol::{Definition, SagaState, Shape, Status},
    trace::{Span, SpanKind},
};

/// Why a saga could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Too many sagas are open. Nothing was done.
    #[error("too many sagas are open")]
    Overloaded,
    /// Another coordinator took over. Nothing was done.
    #[error("another coordinator took over")]
    Fenced,
    /// An operator has paused what the saga needs. Nothing was done.
    #[error("an operator has paused {0}")]
    Paused(PauseOf),
    /// The log does not have the saga. Nothing was done.
    #[error("the saga log refused the start: {0}")]
    Absent(String),
    /// The log may have the saga. Recovery then finishes it.
    #[error("the saga log did not confirm the start: {0}")]
    Unknown(String),
}

/// The result of a start.
#[derive(Debug)]
pub enum Started {
    /// The saga runs. The receiver shows its progress. Keep the guard while somebody waits for the saga.
    Running(watch::Receiver<SagaProgress>, WaitGuard),
    /// The saga was stored as ended.
    Settled,
    /// The log has another saga under the same request key.
    Joined(Box<StoredSaga>),
    /// Another open saga holds the lock key.
    Locked(SagaId),
}

/// Starts the task of a saga.
pub type StartTask = fn(BoxFuture<'static, ()>) -> WaitGuard;

/// A value that a client holds while it waits for a saga, and drops when it leaves.
///
/// The product's guard does nothing. A test can tie the task to the guard, and so build the defect in which a disconnected
/// client cancels its saga.
pub type WaitGuard = Box<dyn Any + Send>;

/// Starts a task that goes on when the client disconnects.
#[must_use]
pub fn detached(task: BoxFuture<'static, ()>) -> WaitGuard {
    tokio::spawn(task);
    Box::new(())
}

/// Makes a saga durable and starts its task. The task holds the permit until the saga has ended.
pub(super) async fn begin(
    core: Arc<Core>,
    new: NewSaga,
    definition: Definition,
    permit: OwnedSemaphorePermit,
    start_task: StartTask,
    span: Span,
) -> Result<Started, StartError> {
    let (id, deadline_at, is_settled) = (new.id, new.deadline_at, new.settled.is_some());
    let kind = core.kinds.counts.kind(&new.kind);
    // Registered before it is logged: a request that finds the row must also find the saga's progress.
    let progress = progress_at_start(definition.shape());
    let Some(progress) = core.registry.insert(id, &new.lock_key, progress) else {
        return Err(StartError::Absent(format!("saga {id} exists")));
    };
    let tracer = &core.env.tracer;
    let append = tracer.start(span.context(), SpanKind::Internal, "saga log append");
    let logged = log_start(&core, new).await;
    drop(append);
    if matches!(logged, Ok(LogReply::Started)) && !is_settled {
        core.kinds.counts.of(kind).started.inc();
        let receiver = progress.subscribe();
        let task = SagaTask {
            id,
            kind,
            definition,
            deadline_at,
            logged: Status::Running,
            progress,
            mark: None,
            heard: Orders::default(),
            span,
        };
        let task = async move {
            core.until_stopped(drive(Arc::clone(&core), task)).await;
            drop(permit);
        };
        return Ok(Started::Running(receiver, start_task(task.boxed())));
    }
    core.registry.remove(id);
    if matches!(logged, Ok(LogReply::Started)) {
        core.kinds.counts.of(kind).not_needed.inc();
    }
    not_running(logged)
}

fn progress_at_start(shape: Shape) -> SagaProgress {
    let state = SagaState::started(shape);
    SagaProgress {
        status: state.status,
        parked: false,
        is_committed: false,
        steps: state.steps.into_iter().map(StepRecord::new).collect(),
        outcome: None,
        in_doubt: false,
        is_resumed: false,
        last_failure: None,
        followed: Followed::default(),
    }
}

/// The result of a start after which no task runs.
fn not_running(logged: Result<LogReply, LogFailure>) -> Result<Started, StartError> {
    match logged {
        Ok(LogReply::Started) => Ok(Started::Settled),
        Ok(LogReply::Joined(stored)) => Ok(Started::Joined(stored)),
        Ok(LogReply::Locked(other)) => Ok(Started::Locked(other)),
        Ok(LogReply::TooOld) => Err(StartError::Absent(
            "older sagas have ended in the meantime".to_owned(),
        )),
        Ok(LogReply::InDoubt) => Err(StartError::Unknown("it was not confirmed".to_owned())),
        // A defect of the log: it says nothing about the start.
        Ok(LogReply::Changed | LogReply::Lost) => Err(StartError::Unknown(
            "the log replied to another entry".to_owned(),
        )),
        Err(LogFailure::Fenced) => Err(StartError::Fenced),
        Err(LogFailure::Full) => Err(StartError::Overloaded),
        Err(LogFailure::Absent(why)) => Err(StartError::Absent(why)),
        Err(LogFailure::Unknown(why)) => Err(StartError::Unknown(why)),
        Err(LogFailure::Closed) => Err(StartError::Unknown("the log has stopped".to_owned())),
    }
}

/// Appends a start until its result is known.
///
/// A saga that may be in the log must not be abandoned there: it would hold its lock until the next recovery. The same row
/// cannot be inserted twice, so repeating the start is safe and tells whether the first attempt succeeded.
async fn log_start(core: &Core, new: NewSaga) -> Result<LogReply, LogFailure> {
    let id = new.id;
    let mut pauses = core.pauses();
    let mut in_doubt = false;
    loop {
        match core.log(LogEntry::Start(new.clone())).await {
            // The row of our own earlier attempt, whose confirmation was lost.
            Ok(LogReply::Joined(stored)) if stored_id(&stored) == Some(id) => {
                return Ok(LogReply::Started);
            }
            Ok(LogReply::Locked(other)) if other == id => return Ok(LogReply::Started),
            Err(LogFailure::Unknown(why)) => {
                in_doubt = true;
                tracing::warn!(saga = %id, why, "the start of a saga was not confirmed; trying again");
            }
            // This attempt did nothing, but the one before may have succeeded.
            Ok(LogReply::InDoubt) => in_doubt = true,
            Err(LogFailure::Absent(_) | LogFailure::Full) if in_doubt => {}
            Err(LogFailure::Fenced) if in_doubt => {
                return Err(LogFailure::Unknown(
                    "another coordinator took over".to_owned(),
                ));
            }
            settled => return settled,
        }
        tokio::time::sleep(pauses.next().unwrap_or(core.config.pause_max)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Nothing was done" is told to clients. It must never be said of a start that the log may have.
    #[test]
    fn only_a_start_that_the_log_certainly_lacks_is_called_absent() {
        let why = || "why".to_owned();
        let unknown = [
            Err(LogFailure::Unknown(why())),
            Err(LogFailure::Closed),
            Ok(LogReply::Changed),
            Ok(LogReply::Lost),
            Ok(LogReply::InDoubt),
        ];
        for logged in unknown {
            let text = format!("{logged:?}");
            let error = not_running(logged).unwrap_err();
            assert!(matches!(error, StartError::Unknown(_)), "{text}: {error}");
        }
        let absent = [
            Err(LogFailure::Fenced),
            Err(LogFailure::Full),
            Err(LogFailure::Absent(why())),
        ];
        for logged in absent {
            let text = format!("{logged:?}");
            let error = not_running(logged).unwrap_err();
            assert!(!matches!(error, StartError::Unknown(_)), "{text}: {error}");
        }
    }
}
