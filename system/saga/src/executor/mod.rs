//! The executor: performs what the rules command, one task a saga.
//!
//! The task outlives the request that started it, so a client who leaves takes nothing along.
//! Nothing is forgotten: whatever is not confirmed is asked for again, ever more slowly, and
//! past a threshold a person is alerted while the retries go on.
//!
//! Here a saga is started or taken up; `drive.rs` is its task, `append.rs` the way to the log.

mod drive;
mod registry;
mod signal;

use std::{any::Any, sync::Arc, time::Duration};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use drive::{Driven, drive};
use signal::Signal;

pub use registry::{Registry, SagaProgress};

use crate::{
    batcher::{Batcher, BatcherBounds, BatcherError},
    env::Env,
    id::{Epoch, SagaId},
    log::{LogEntry, LogFailure, LogItem, LogReply, NewSaga, SagaLog, SagaRow, StepRecord, append},
    protocol::{
        Definition, Document, Rules, SagaState, Status, StepReply, StepRequest, Unanswered,
        step::BATCH_STEPS_MAX,
    },
};

/// How the executor waits and gives up.
#[derive(Debug, Clone, Copy)]
pub struct ExecutorConfig {
    /// The first pause between two attempts at one request; it doubles from there.
    pub pause_min: Duration,
    /// The longest pause.
    pub pause_max: Duration,
    /// Failed attempts in a row at one request after which the saga is parked.
    pub park_after: u32,
    /// Sagas driven at once; one more is refused.
    pub sagas_open_max: usize,
    /// How long a settled saga's mark waits to ride with the next start.
    pub settle_linger_max: Duration,
}

/// Carries requests to the services, each with a time-out.
#[async_trait]
pub trait StepSender: Send + Sync {
    /// Asks a service and waits for its answer, for a bounded time.
    ///
    /// # Errors
    /// [`Unanswered`]: the effect is unknown.
    async fn send(
        &self,
        service: &'static str,
        request: StepRequest,
    ) -> Result<StepReply, Unanswered>;
}

/// Derives what a saga consists of from its kind and arguments; nothing for an unknown kind.
pub type Define = fn(kind: &str, args: &Document) -> Option<Definition>;

/// Why a saga could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Too many sagas are open: nothing was done.
    #[error("too many sagas are open")]
    Overloaded,
    /// Another coordinator took over: nothing was done.
    #[error("another coordinator took over")]
    Fenced,
    /// The log did not take it: nothing was done.
    #[error("the saga log refused: {0}")]
    Absent(String),
    /// The log did not confirm it: it may have started, and recovery will then finish it.
    #[error("the saga log did not confirm: {0}")]
    Unknown(String),
}

/// What became of a start.
#[derive(Debug)]
pub enum Started {
    /// It runs; this shows how. The other is held while somebody waits for it.
    Running(watch::Receiver<SagaProgress>, WaitGuard),
    /// It was stored as settled.
    Settled,
    /// There is a saga under its key already.
    Joined(Box<SagaRow>),
    /// Another saga holds the lock on its subject.
    Locked(SagaId),
}

/// Starts the task of a saga.
pub type StartTask = fn(BoxFuture<'static, ()>) -> WaitGuard;

/// What whoever waits for a saga holds meanwhile, and lets go of when they leave.
pub type WaitGuard = Box<dyn Any + Send>;

/// Starts a task that goes on whoever leaves.
#[must_use]
pub fn detached(task: BoxFuture<'static, ()>) -> WaitGuard {
    tokio::spawn(task);
    Box::new(())
}

/// Drives sagas. Cloning shares it.
#[derive(Clone)]
pub struct Executor(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) rules: Arc<dyn Rules>,
    log: Batcher<LogItem>,
    pub(crate) sender: Arc<dyn StepSender>,
    define: Define,
    pub(crate) env: Env,
    pub(crate) config: ExecutorConfig,
    pub(crate) registry: Registry,
    open: Arc<Semaphore>,
    fenced: Signal,
    stopped: Signal,
}

impl Executor {
    /// An executor that writes to the log under this epoch.
    pub fn start(
        config: ExecutorConfig,
        env: Env,
        rules: Arc<dyn Rules>,
        log: Arc<dyn SagaLog>,
        epoch: Epoch,
        sender: Arc<dyn StepSender>,
        define: Define,
    ) -> Self {
        let bounds = BatcherBounds {
            queue_max: config.sagas_open_max * 2,
            batch_max: BATCH_STEPS_MAX,
            in_flight_max: 1,
            overlap_after: Duration::ZERO,
            linger_max: config.settle_linger_max,
        };
        let clock = Arc::clone(&env.clock);
        let lane = Batcher::start(bounds, move |items| {
            append(Arc::clone(&log), epoch, clock.now(), items).boxed()
        });
        Self(Arc::new(Inner {
            rules,
            log: lane,
            sender,
            define,
            env,
            registry: Registry::default(),
            open: Arc::new(Semaphore::new(config.sagas_open_max)),
            fenced: Signal::default(),
            stopped: Signal::default(),
            config,
        }))
    }

    /// The sagas driven now.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// Whether another coordinator took over.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.0.fenced.is_raised()
    }

    /// Waits until it is known that another coordinator took over.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn fenced(&self) {
        self.0.fenced.raised().await;
    }

    /// Takes note that another coordinator took over, if somebody else finds out first.
    pub fn fence(&self) {
        self.0.fence();
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.is_raised()
    }

    /// Stops for good: every task ends where it stands, and whoever waits for a saga is left in
    /// doubt. What was on its way to the log may still arrive, if its epoch is not over.
    pub fn stop(&self) {
        self.0.stopped.raise();
    }

    /// Makes a saga durable, then drives it in a task of its own, which `start` starts.
    ///
    /// # Errors
    /// [`StartError`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves the start in doubt; recovery finishes what was stored.
    pub async fn begin(&self, new: NewSaga, start: StartTask) -> Result<Started, StartError> {
        if self.is_fenced() || self.is_stopped() {
            return Err(StartError::Fenced);
        }
        let permit = Arc::clone(&self.0.open)
            .try_acquire_owned()
            .map_err(|_| StartError::Overloaded)?;
        let Some(definition) = (self.0.define)(&new.kind, &new.args) else {
            return Err(StartError::Absent(format!(
                "there is no saga of kind {}",
                new.kind
            )));
        };
        let inner = Arc::clone(&self.0);
        // A task of its own: the start must not be torn by a client who leaves.
        let task = tokio::spawn(async move {
            let begun = Arc::clone(&inner).begin(new, definition, permit, start);
            let stopped = || StartError::Unknown("this coordinator gave the log up".to_owned());
            inner.until_stopped(begun).await.ok_or_else(stopped)?
        });
        task.await
            .map_err(|error| StartError::Unknown(error.to_string()))?
    }

    /// Takes up a saga read back from the log, unless it is driven already.
    /// The subject is held from now on; the driving itself waits for a slot.
    pub fn resume(&self, row: &SagaRow, slots: Arc<Semaphore>) {
        let Some(definition) = (self.0.define)(&row.kind, &row.args) else {
            tracing::error!(saga = %row.id, kind = row.kind, "alert: no such kind of saga, a newer version may have written it");
            return;
        };
        let steps = match (row.status, &row.steps) {
            (Status::Compensating, Some(steps)) => steps.clone(),
            _ => SagaState::recovered(row.status, definition.steps.len())
                .steps
                .into_iter()
                .map(StepRecord::new)
                .collect(),
        };
        let live = SagaProgress {
            status: row.status,
            parked: row.parked,
            steps,
            outcome: None,
        };
        if let Some(view) = self.0.registry.enter(row.id, &row.lock_key, live) {
            let driven = Driven {
                id: row.id,
                definition,
                deadline_at: row.deadline_at,
                logged: row.status,
                view,
            };
            let inner = Arc::clone(&self.0);
            tokio::spawn(async move {
                let driven = async {
                    let _slot = slots.acquire_owned().await;
                    drive(Arc::clone(&inner), driven).await;
                };
                inner.until_stopped(driven).await
            });
        }
    }
}

impl Inner {
    async fn begin(
        self: Arc<Self>,
        new: NewSaga,
        definition: Definition,
        permit: OwnedSemaphorePermit,
        start: StartTask,
    ) -> Result<Started, StartError> {
        let (id, deadline_at, settled) = (new.id, new.deadline_at, new.settled.is_some());
        let state = SagaState::started(definition.steps.len());
        let live = SagaProgress {
            status: state.status,
            parked: false,
            steps: state.steps.into_iter().map(StepRecord::new).collect(),
            outcome: None,
        };
        // Entered before it is logged: whoever finds the row finds the executor too.
        let Some(view) = self.registry.enter(id, &new.lock_key, live) else {
            return Err(StartError::Absent(format!("saga {id} exists")));
        };
        let started = self.start(new).await;
        if matches!(started, Ok(LogReply::Started)) && !settled {
            let watched = view.subscribe();
            let driven = Driven {
                id,
                definition,
                deadline_at,
                logged: Status::Running,
                view,
            };
            let task = async move {
                self.until_stopped(drive(Arc::clone(&self), driven)).await;
                drop(permit);
            };
            return Ok(Started::Running(watched, start(task.boxed())));
        }
        self.registry.leave(id);
        match started {
            Ok(LogReply::Started) => Ok(Started::Settled),
            Ok(LogReply::Joined(row)) => Ok(Started::Joined(row)),
            Ok(LogReply::Locked(other)) => Ok(Started::Locked(other)),
            Ok(LogReply::Changed | LogReply::Lost) => Err(StartError::Absent(
                "the log answered another question".into(),
            )),
            Err(LogFailure::Fenced) => Err(StartError::Fenced),
            Err(LogFailure::Full) => Err(StartError::Overloaded),
            Err(LogFailure::Absent(why)) => Err(StartError::Absent(why)),
            Err(LogFailure::Unknown(why)) => Err(StartError::Unknown(why)),
            Err(LogFailure::Closed) => Err(StartError::Unknown("the log has ended".to_owned())),
        }
    }

    /// Asks for a start until it is known what became of it. A saga that may be in the log must
    /// not be left alone there: it would hold its lock until the next scan. The same row cannot
    /// be inserted twice, so asking again tells.
    async fn start(&self, new: NewSaga) -> Result<LogReply, LogFailure> {
        let id = new.id;
        let mut pauses = self.pauses();
        let mut in_doubt = false;
        loop {
            match self.log(LogEntry::Start(new.clone())).await {
                // Our own row of before, whose confirmation was lost.
                Ok(LogReply::Joined(row)) if row.id == id => return Ok(LogReply::Started),
                Ok(LogReply::Locked(other)) if other == id => return Ok(LogReply::Started),
                Err(LogFailure::Unknown(why)) => {
                    in_doubt = true;
                    tracing::warn!(saga = %id, why, "a saga's start was not confirmed; asking again");
                }
                // That this attempt did nothing says nothing of the one before.
                Err(LogFailure::Absent(_) | LogFailure::Full) if in_doubt => {}
                Err(LogFailure::Fenced) if in_doubt => {
                    return Err(LogFailure::Unknown(
                        "another coordinator took over".to_owned(),
                    ));
                }
                known => return known,
            }
            tokio::time::sleep(pauses.next().unwrap_or(self.config.pause_max)).await;
        }
    }

    pub(crate) async fn log(&self, entry: LogEntry) -> Result<LogReply, LogFailure> {
        let answer = match self.log.call(LogItem(entry)).await {
            Ok(answer) => answer,
            Err(BatcherError::Full) => Err(LogFailure::Full),
            Err(BatcherError::Closed) => Err(LogFailure::Closed),
        };
        if matches!(answer, Err(LogFailure::Fenced)) {
            self.fence();
        }
        answer
    }

    fn fence(&self) {
        if self.fenced.raise() {
            tracing::error!(
                "another coordinator took over the saga log; this one stops driving sagas"
            );
        }
    }

    /// Does something to its end; nothing, if the executor was stopped before.
    async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.stopped.raised() => None,
            done = work => Some(done),
        }
    }

    pub(crate) fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::default()
            .with_min_delay(self.config.pause_min)
            .with_max_delay(self.config.pause_max)
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(self.env.random())
            .build()
    }
}
