//! The executor: executes what the rules command, in one task per saga.
//!
//! ```text
//!  begin ──► log the start ──► saga task ──► decide ──► send a step, log a status, or settle
//!  resume ─────────────────────┘   ▲                        │
//!                                  └──── what happened ◄────┘
//! ```
//!
//! The task outlives the request that started it, so a client that disconnects does not cancel its saga. A request without a
//! reply is sent again, with growing pauses, until it is answered. After [`ExecutorConfig::park_after`] failures in a row an
//! alert is logged, and the retries go on.
//!
//! This file holds the handle, [`Executor`]. `start.rs` starts a saga, `saga_task.rs` drives it, `attempts.rs` holds the
//! requests that it has under way (and `attempt_trace.rs` what is told about them), `registry.rs` shows its progress, `controls.rs`
//! has what operators ordered, and `core.rs` holds what the tasks share.

mod attempt_trace;
mod attempts;
mod cannot_resume;
mod config;
mod controls;
mod core;
mod last_failure;
pub(crate) mod metrics;
mod registry;
mod retry;
mod saga_task;
mod start;
mod task_log;
mod task_orders;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::FutureExt;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{
    controls::Orders,
    core::Core,
    registry::Followed,
    saga_task::{SagaTask, drive},
};
use crate::{
    batcher::{Batcher, BatcherBounds},
    env::Env,
    id::{Epoch, SagaId},
    log::{Appender, NewSaga, SagaLog, SagaRow, StepRecord},
    protocol::{Rules, SagaState, Shape, Status, step::BATCH_STEPS_MAX},
    trace::{Span, SpanKind, TraceContext, note_saga, request_context},
};

pub(crate) use attempt_trace::STEP_TARGET;
pub use cannot_resume::CannotResume;
pub use config::{Define, ExecutorConfig, StepSender};
pub use controls::Controls;
pub use metrics::SagaKinds;
pub use registry::{FailureKind, LastFailure, OpenSagas, Registry, SagaProgress};
pub use start::{StartError, StartTask, Started, WaitGuard, detached};

/// Drives sagas. Clones share one executor.
#[derive(Clone)]
pub struct Executor(Arc<Core>);

impl Executor {
    /// Starts an executor that writes to the log under this epoch.
    pub fn start(
        config: ExecutorConfig,
        env: Env,
        rules: Arc<dyn Rules>,
        log: Arc<dyn SagaLog>,
        epoch: Epoch,
        sender: Arc<dyn StepSender>,
        kinds: SagaKinds,
    ) -> Self {
        let bounds = BatcherBounds {
            // Twice the bound, because recovered sagas append entries too and hold no permit.
            queue_max: config.sagas_open_max * 2,
            batch_max: BATCH_STEPS_MAX,
            in_flight_max: 1,
            overlap_after: Duration::ZERO,
            linger_max: config.settle_linger_max,
            on_full: None,
        };
        let bounds = config.batches.of("the saga log", bounds);
        let clock = Arc::clone(&env.clock);
        let appender = Arc::new(Appender::new(log, epoch));
        let stats = Arc::clone(&kinds.counts.batches);
        let log = Batcher::measured(bounds, stats, move |items| {
            Arc::clone(&appender).append(clock.now(), items).boxed()
        });
        Self(Arc::new(Core {
            rules,
            log,
            sender,
            kinds,
            env,
            registry: Registry::default(),
            controls: Controls::default(),
            newest: Mutex::new(SagaId(Uuid::nil())),
            open_permits: Arc::new(Semaphore::new(config.sagas_open_max)),
            fenced: CancellationToken::new(),
            stopped: CancellationToken::new(),
            config,
        }))
    }

    /// Makes the identity of a saga to start. Identities only rise, also if the clock was set back: the log relies on it.
    #[must_use]
    pub fn next_id(&self) -> SagaId {
        self.0.next_id()
    }

    /// Takes note of a saga in the log: all later identities are higher.
    pub fn raise_ids(&self, saga: SagaId) {
        self.0.raise_ids(saga);
    }

    /// The sagas that this executor drives.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// What operators have ordered.
    #[must_use]
    pub fn controls(&self) -> &Controls {
        &self.0.controls
    }

    /// Whether another coordinator took over.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.0.fenced.is_cancelled()
    }

    /// Waits until this executor knows that another coordinator took over.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn fenced(&self) {
        self.0.fenced.cancelled().await;
    }

    /// Records that another coordinator took over. Call it if another part of the process notices first.
    pub fn fence(&self) {
        self.0.fence();
    }

    /// Whether the executor was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.is_cancelled()
    }

    /// Stops permanently. Every task ends at once, and every client that waits for a saga is left in doubt; the next
    /// coordinator finishes the sagas. An entry on its way to the log may still be written, if the epoch is current.
    pub fn stop(&self) {
        self.0.stopped.cancel();
    }

    /// The sagas that were started here and are open, or are being started.
    pub(crate) fn permits_in_use(&self) -> usize {
        let core = &self.0;
        core.config.sagas_open_max - core.open_permits.available_permits()
    }

    /// Makes a saga durable, then drives it in a task that `start_task` starts.
    ///
    /// # Errors
    /// [`StartError`]. Only `Unknown` leaves a doubt.
    ///
    /// # Cancel safety
    /// Dropping the future does not cancel the start. The saga may then run without a waiting client.
    pub async fn begin(&self, new: NewSaga, start_task: StartTask) -> Result<Started, StartError> {
        if self.is_fenced() || self.is_stopped() {
            return Err(StartError::Fenced);
        }
        let permit = Arc::clone(&self.0.open_permits)
            .try_acquire_owned()
            .map_err(|_| StartError::Overloaded)?;
        let Some(definition) = (self.0.kinds.define)(&new.kind, &new.args) else {
            return Err(StartError::Absent(format!(
                "there is no saga of kind {}",
                new.kind
            )));
        };
        // What is stored as ended needs no service.
        let services = definition.steps().iter().map(|step| step.service);
        if new.settled.is_none()
            && let Some(pause) = self.0.controls.pause_of_starts(&new.kind, services)
        {
            return Err(StartError::Paused(pause));
        }
        let core = Arc::clone(&self.0);
        let id = new.id;
        let span = self.saga_span(id, &new.kind, request_context());
        // A separate task, so that a client that disconnects cannot interrupt the start.
        let task = tokio::spawn(async move {
            let begun = start::begin(Arc::clone(&core), new, definition, permit, start_task, span);
            let stopped = || StartError::Unknown("this coordinator was stopped".to_owned());
            core.until_stopped(begun).await.ok_or_else(stopped)?
        });
        let begun = task
            .await
            .map_err(|error| StartError::Unknown(error.to_string()))?;
        if matches!(begun, Ok(Started::Running(..) | Started::Settled)) {
            note_saga(id);
        }
        begun
    }

    /// The span of a saga, from its start to its end.
    fn saga_span(&self, id: SagaId, kind: &str, parent: Option<TraceContext>) -> Span {
        let mut span = self.0.env.tracer.start(parent, SpanKind::Internal, "saga");
        if span.is_recorded() {
            span.rename(format!("saga {kind}"));
            span.set("likewise.saga.id", id.to_string());
        }
        span
    }

    /// Drives a saga that was read from the log, unless this executor drives it already.
    ///
    /// The saga holds its lock key from now on. Its task waits for one of the `permits`, which bound the load of a recovery.
    ///
    /// # Errors
    /// [`CannotResume`]: the row does not tell how to go on. Nothing was done, and the saga keeps its lock key in the log.
    pub fn resume(&self, row: &SagaRow, permits: Arc<Semaphore>) -> Result<(), CannotResume> {
        let definition = (self.0.kinds.define)(&row.kind, &row.args)
            .ok_or_else(|| CannotResume::UnknownKind(row.kind.clone()))?;
        let progress = recovered_progress(row, definition.shape())?;
        let Some(progress) = self.0.registry.insert(row.id, &row.lock_key, progress) else {
            return Ok(());
        };
        let kind = self.0.kinds.counts.kind(&row.kind);
        self.0.kinds.counts.of(kind).recovered.inc();
        let task = SagaTask {
            id: row.id,
            kind,
            definition,
            deadline_at: row.deadline_at,
            logged: row.status,
            progress,
            mark: None,
            heard: Orders::default(),
            // The log does not store the trace of its start. The id of the saga joins the two.
            span: {
                let mut span = self.saga_span(row.id, &row.kind, None);
                span.set("likewise.saga.recovered", true);
                span
            },
        };
        let core = Arc::clone(&self.0);
        tokio::spawn(async move {
            let driven = async {
                let _permit = permits.acquire_owned().await;
                drive(Arc::clone(&core), task).await;
            };
            core.until_stopped(driven).await
        });
        Ok(())
    }
}

/// The progress of a saga that was read from the log. The row's steps are used only after the decision to compensate: while
/// the saga was running, any step may have been sent since the row was written.
fn recovered_progress(row: &SagaRow, shape: Shape) -> Result<SagaProgress, CannotResume> {
    let expected = shape.steps();
    let steps = match (row.status, &row.steps) {
        // With fewer records than steps, the steps without a record would not be compensated.
        (Status::Compensating, Some(steps)) if steps.len() != expected => {
            let stored = steps.len();
            return Err(CannotResume::WrongSteps { stored, expected });
        }
        (Status::Compensating, Some(steps)) => steps.clone(),
        _ => SagaState::recovered(row.status, shape)
            .steps
            .into_iter()
            .map(StepRecord::new)
            .collect(),
    };
    Ok(SagaProgress {
        status: row.status,
        parked: row.parked,
        is_committed: false,
        steps,
        outcome: None,
        in_doubt: false,
        is_resumed: true,
        last_failure: None,
        followed: Followed::default(),
    })
}
