//! The executor: performs what the rules command, one task a saga.
//!
//! The task outlives the request that started it, so a client who leaves takes nothing along.
//! Nothing is forgotten: whatever is not confirmed is asked for again, ever more slowly, and
//! past a threshold a person is alerted while the retries go on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::{
    decide::{Command, Event, Rules, SagaState, Status},
    log::{LogEntry, LogError, LogReply, Move, NewSaga, SagaLog},
    registry::{Live, Registry},
    row::{Definition, Outcome, SagaRow, StepRecord},
    step::{Op, StepReply, StepRequest, fingerprint},
};
use crate::{
    edges::Edges,
    id::{Epoch, SagaId, StepIndex},
    lane::{Lane, LaneBounds, LaneError, LaneItem},
    store::ErrorEffect,
    time::Timestamp,
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
    pub settle_patience: Duration,
}

/// No usable answer came: the effect is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

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
pub type Define = fn(kind: &str, args: &serde_json::Value) -> Option<Definition>;

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
    /// It runs; this shows how.
    Running(watch::Receiver<Live>),
    /// It was stored as settled.
    Settled,
    /// There is a saga under its key already.
    Joined(Box<SagaRow>),
    /// Another saga holds the lock on its subject.
    Locked(SagaId),
}

/// Drives sagas. Cloning shares it.
#[derive(Clone)]
pub struct Executor(Arc<Inner>);

struct Inner {
    rules: Arc<dyn Rules>,
    log: Lane<LogItem>,
    sender: Arc<dyn StepSender>,
    define: Define,
    edges: Edges,
    config: ExecutorConfig,
    registry: Registry,
    open: Arc<Semaphore>,
    fenced: AtomicBool,
}

impl Executor {
    /// An executor that writes to the log under this epoch.
    pub fn start(
        config: ExecutorConfig,
        edges: Edges,
        rules: Arc<dyn Rules>,
        log: Arc<dyn SagaLog>,
        epoch: Epoch,
        sender: Arc<dyn StepSender>,
        define: Define,
    ) -> Self {
        let bounds = LaneBounds {
            queue_max: config.sagas_open_max * 2,
            batch_max: super::step::BATCH_STEPS_MAX,
            in_flight_max: 1,
            patience: config.settle_patience,
        };
        let clock = Arc::clone(&edges.clock);
        let lane = Lane::start(bounds, move |items| {
            append(Arc::clone(&log), epoch, clock.now(), items).boxed()
        });
        Self(Arc::new(Inner {
            rules,
            log: lane,
            sender,
            define,
            edges,
            registry: Registry::default(),
            open: Arc::new(Semaphore::new(config.sagas_open_max)),
            fenced: AtomicBool::new(false),
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
        self.0.fenced.load(Ordering::Relaxed)
    }

    /// Makes a saga durable, then drives it in a task of its own.
    ///
    /// # Errors
    /// [`StartError`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves the start in doubt; recovery finishes what was stored.
    pub async fn begin(&self, new: NewSaga) -> Result<Started, StartError> {
        if self.is_fenced() {
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
        let task = tokio::spawn(async move { inner.begin(new, definition, permit).await });
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
        let live = Live {
            status: row.status,
            parked: row.parked,
            steps,
            outcome: None,
        };
        if let Some(view) = self.0.registry.enter(row.id, &row.subject, live) {
            let driven = Driven {
                id: row.id,
                definition,
                deadline_at: row.deadline_at,
                logged: row.status,
                view,
            };
            let inner = Arc::clone(&self.0);
            tokio::spawn(async move {
                let _slot = slots.acquire_owned().await;
                drive(inner, driven).await;
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
    ) -> Result<Started, StartError> {
        let (id, deadline_at, settled) = (new.id, new.deadline_at, new.settled.is_some());
        let state = SagaState::started(definition.steps.len());
        let live = Live {
            status: state.status,
            parked: false,
            steps: state.steps.into_iter().map(StepRecord::new).collect(),
            outcome: None,
        };
        // Entered before it is logged: whoever finds the row finds the executor too.
        let Some(view) = self.registry.enter(id, &new.subject, live) else {
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
            tokio::spawn(async move {
                drive(self, driven).await;
                drop(permit);
            });
            return Ok(Started::Running(watched));
        }
        self.registry.leave(id);
        match started {
            Ok(LogReply::Started) => Ok(Started::Settled),
            Ok(LogReply::Joined(row)) => Ok(Started::Joined(row)),
            Ok(LogReply::Locked(other)) => Ok(Started::Locked(other)),
            Ok(LogReply::Moved | LogReply::Lost) => Err(StartError::Absent(
                "the log answered another question".into(),
            )),
            Err(LogFailure::Fenced) => Err(StartError::Fenced),
            Err(LogFailure::Full) => Err(StartError::Overloaded),
            Err(LogFailure::Absent(why)) => Err(StartError::Absent(why)),
            Err(LogFailure::Unknown(why)) => Err(StartError::Unknown(why)),
            Err(LogFailure::Ended) => Err(StartError::Unknown("the log has ended".to_owned())),
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

    async fn log(&self, entry: LogEntry) -> Result<LogReply, LogFailure> {
        let answer = match self.log.call(LogItem(entry)).await {
            Ok(answer) => answer,
            Err(LaneError::Full) => Err(LogFailure::Full),
            Err(LaneError::Ended) => Err(LogFailure::Ended),
        };
        if matches!(answer, Err(LogFailure::Fenced)) && !self.fenced.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "another coordinator took over the saga log; this one stops driving sagas"
            );
        }
        answer
    }

    fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::default()
            .with_min_delay(self.config.pause_min)
            .with_max_delay(self.config.pause_max)
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(self.edges.random())
            .build()
    }
}

/// A saga and the task that drives it.
struct Driven {
    id: SagaId,
    definition: Definition,
    deadline_at: Timestamp,
    /// The status that is durable.
    logged: Status,
    view: watch::Sender<Live>,
}

/// Drives a saga to its end, or until somebody else does.
async fn drive(inner: Arc<Inner>, mut driven: Driven) {
    let live = driven.view.borrow().clone();
    let mut state = SagaState {
        status: live.status,
        in_doubt: false,
        steps: live.steps.into_iter().map(|record| record.state).collect(),
    };
    let mut retry = Retry::new(&inner);
    let mut event = Event::Resumed;
    'saga: loop {
        let commands = match inner.rules.decide(&state, event.clone()) {
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
        if op == Op::Do && !state.in_doubt && inner.edges.clock.now() >= self.deadline_at {
            *retry = Retry::new(inner);
            return Event::DeadlinePassed;
        }
        self.view.send_modify(|live| live.steps[step].count(op));
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
            Op::Do => pause.min(inner.edges.clock.now().until(self.deadline_at)),
            Op::Undo | Op::Seal => pause,
        }
    }

    fn request(&self, step: StepIndex, op: Op) -> StepRequest {
        let args = self.definition.steps[step].args.clone();
        StepRequest {
            saga: self.id,
            step,
            op,
            fingerprint: fingerprint(&args),
            args,
        }
    }

    /// Makes a status durable. Nothing, if somebody else drives this saga now.
    async fn log(&mut self, inner: &Inner, state: &SagaState, to: Status) -> Option<Event> {
        let steps = self.records(state);
        let entry = Move {
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
            match inner.log(LogEntry::Move(entry.clone())).await {
                Ok(LogReply::Moved) => break,
                // Our own write of before, whose confirmation was lost.
                Ok(LogReply::Lost) if in_doubt => break,
                Ok(_) | Err(LogFailure::Fenced | LogFailure::Ended) => return None,
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
        self.view.send_modify(|live| live.parked = true);
        self.log(inner, state, self.logged).await;
    }

    /// Shows what is known to whoever looks.
    fn show(&self, state: &SagaState) {
        self.view.send_modify(|live| {
            live.status = self.logged;
            for (record, known) in live.steps.iter_mut().zip(&state.steps) {
                record.state = known.clone();
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

/// One entry on its way to the log.
struct LogItem(LogEntry);

impl LaneItem for LogItem {
    type Answer = Result<LogReply, LogFailure>;

    fn is_patient(&self) -> bool {
        matches!(&self.0, LogEntry::Move(Move { to, .. }) if !to.is_open())
    }
}

/// Why an entry was not logged.
#[derive(Debug, Clone)]
enum LogFailure {
    Fenced,
    Full,
    Ended,
    Absent(String),
    Unknown(String),
}

fn append(
    log: Arc<dyn SagaLog>,
    epoch: Epoch,
    now: Timestamp,
    items: Vec<LogItem>,
) -> BoxFuture<'static, Vec<Result<LogReply, LogFailure>>> {
    async move {
        let entries: Vec<LogEntry> = items.into_iter().map(|item| item.0).collect();
        match log.append(epoch, now, &entries).await {
            Ok(replies) => replies.into_iter().map(Ok).collect(),
            Err(error) => {
                let failure = match error {
                    LogError::Fenced { .. } => LogFailure::Fenced,
                    LogError::Store(error) => match error.effect() {
                        ErrorEffect::Absent => LogFailure::Absent(error.to_string()),
                        ErrorEffect::Unknown => LogFailure::Unknown(error.to_string()),
                    },
                };
                entries.iter().map(|_| Err(failure.clone())).collect()
            }
        }
    }
    .boxed()
}
