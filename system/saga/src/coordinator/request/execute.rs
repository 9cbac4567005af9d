//! Executes a request: key, checks, saga, wait.

use std::time::Duration;

use tokio::{sync::watch, time::Instant};

use super::{
    admission::Admission,
    outcome::{Execution, RequestError, RequestOutcome},
    saga_request::{NoOp, SagaRequest},
};
use crate::{
    bound::until,
    coordinator::{instance::Coordinator, leadership::Term},
    executor::{SagaProgress, Started},
    id::SagaId,
    log::{NewSaga, StoredSaga},
    protocol::Outcome,
    trace::note_saga,
};

/// The number of attempts of one request. Each attempt after the first follows the end of another saga
/// with the same lock key.
const ATTEMPTS_MAX: u32 = 5;

/// How a request ended, or why it has no outcome.
type Executed<R> = Result<Execution<<R as SagaRequest>::NoOp>, RequestError>;
/// How an attempt ended. `None`: another saga with the same lock key had to end first; try again.
type Attempted<R> = Result<Option<Execution<<R as SagaRequest>::NoOp>>, RequestError>;

/// A request, and what all its attempts have in common.
struct Attempt<'a, R> {
    term: &'a Term,
    request: &'a R,
    request_key: Option<String>,
    lock_key: String,
    /// The time limit of everything before the saga runs.
    deadline: Instant,
    /// Until when the request waits for the end of a saga.
    settle_by: Instant,
}

impl Coordinator {
    /// Executes a request, once per idempotency key. A saga with a pivot is answered when the pivot is done; its lock is held
    /// until its end.
    ///
    /// # Errors
    /// [`RequestError`]; each variant says what may have been done.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a started saga running.
    pub async fn execute<R: SagaRequest>(
        &self,
        request: &R,
    ) -> Result<RequestOutcome<R::NoOp>, RequestError> {
        let executed = self.execute_within(request, self.config.answer_timeout);
        executed.await.map(|execution| execution.outcome)
    }

    /// Like [`execute`](Self::execute), but waits for the end of a saga at most this long, and no longer than the time limit
    /// of an answer. Also tells whether the outcome belongs to an earlier request.
    ///
    /// # Errors
    /// [`RequestError`]; [`RequestError::Pending`] if the saga runs and the time is over.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a started saga running.
    pub async fn execute_within<R: SagaRequest>(&self, request: &R, wait: Duration) -> Executed<R> {
        let now = Instant::now();
        let deadline = now + self.config.answer_timeout;
        let lock_key = request.lock_key();
        let term = self
            .leadership
            .term()
            .ok_or_else(RequestError::not_leader)?;
        let open_max = self.config.open_max();
        let admitted = Admission::acquire(&term, self.product, open_max, &lock_key, deadline);
        let _admission = admitted.await?;
        let attempt = Attempt {
            term: &term,
            request,
            request_key: request.request_key(),
            lock_key,
            deadline,
            settle_by: deadline.min(now + wait),
        };
        for _ in 0..ATTEMPTS_MAX {
            if let Some(outcome) = self.attempt(&attempt).await? {
                return Ok(outcome);
            }
        }
        let noun = self.product.noun;
        Err(RequestError::Unavailable(format!(
            "another change of this {noun} took its place again and again"
        )))
    }

    async fn attempt<R: SagaRequest>(&self, attempt: &Attempt<'_, R>) -> Attempted<R> {
        let (term, deadline) = (attempt.term, attempt.deadline);
        if let Some(key) = &attempt.request_key
            && let Some(stored) =
                in_time("the saga log", deadline, self.log.find_by_key(key)).await?
        {
            return self.join(attempt, stored).await.map(Some);
        }
        // A saga whose client has left, or a recovered one.
        if let Some(other) = term.executor.registry().holder(&attempt.lock_key) {
            self.wait_for_other(term, other, attempt.settle_by).await?;
            return Ok(None);
        }
        let checked = in_time(self.product.check, deadline, attempt.request.check()).await?;
        match checked {
            // With a key, even "nothing to do" is logged, which proves the epoch and that nobody holds the lock key. Without a
            // key, it rests on lookups alone.
            Some(no_op) if attempt.request_key.is_none() => {
                self.require_unlocked(attempt).await?;
                in_time("the saga log", deadline, term.verify_epoch()).await?;
                Ok(Some(first(RequestOutcome::NoOp(no_op))))
            }
            no_op => self.run_saga(attempt, no_op).await,
        }
    }

    /// Logs the saga, or the fact that none is needed, and waits until it is settled.
    async fn run_saga<R: SagaRequest>(
        &self,
        attempt: &Attempt<'_, R>,
        no_op: Option<R::NoOp>,
    ) -> Attempted<R> {
        let (term, deadline) = (attempt.term, attempt.deadline);
        let saga = self.new_saga(attempt, no_op.as_ref());
        let id = saga.id;
        // If the deadline passes, the start continues in a task of the executor.
        let started = until(
            "the start of the saga",
            deadline,
            term.executor.begin(saga, self.start_task),
        )
        .await;
        let started = started.map_err(|_| RequestError::InDoubt(id))?;
        let open_max = self.config.open_max();
        match started.map_err(|error| RequestError::of_start(error, id, open_max))? {
            Started::Running(progress, _guard) => {
                let settled = wait(id, progress, attempt.settle_by).await;
                settled.map(|outcome| Some(first(outcome)))
            }
            Started::Settled => no_op
                .map(|no_op| Some(first(RequestOutcome::NoOp(no_op))))
                .ok_or(RequestError::InDoubt(id)),
            Started::Joined(stored) => self.join(attempt, *stored).await.map(Some),
            // The other saga is settled, but its last status change is not in the log yet.
            Started::Locked(other) if term.executor.registry().get(other).is_some() => Ok(None),
            // Another coordinator drives the other saga, or did. The next scan will find it.
            Started::Locked(other) => Err(self.in_progress(other)),
        }
    }

    fn new_saga<R: SagaRequest>(
        &self,
        attempt: &Attempt<'_, R>,
        no_op: Option<&R::NoOp>,
    ) -> NewSaga {
        let now = self.env.clock.now();
        let (kind, args) = attempt.request.saga(&self.env, now);
        NewSaga {
            id: attempt.term.executor.next_id(),
            kind,
            args,
            lock_key: attempt.lock_key.clone(),
            request_key: attempt.request_key.clone(),
            fingerprint: attempt.request.fingerprint(),
            deadline_at: now.plus(self.config.saga_deadline),
            settled: no_op.map(NoOp::outcome),
        }
    }

    /// Replies with the outcome of the saga under the same idempotency key, and waits for it if needed.
    async fn join<R: SagaRequest>(
        &self,
        attempt: &Attempt<'_, R>,
        stored: StoredSaga,
    ) -> Executed<R> {
        let (term, deadline) = (attempt.term, attempt.deadline);
        let settle_by = attempt.settle_by;
        let replay = |outcome| Execution {
            outcome,
            is_replay: true,
        };
        let mut row = stored?;
        note_saga(row.id);
        if !attempt.request.is_stored_as(row.fingerprint) {
            return Err(RequestError::KeyReused);
        }
        loop {
            if let Some(outcome) = row.outcome.filter(|_| !row.status.is_open()) {
                return Ok(replay(RequestOutcome::Settled(row.id, outcome)));
            }
            if let Some(progress) = term.executor.registry().get(row.id) {
                return wait(row.id, progress, settle_by).await.map(replay);
            }
            // The saga has just ended, or a scan has not reached it yet. Read the row again.
            if Instant::now() >= settle_by {
                return Err(RequestError::Pending(row.id));
            }
            tokio::time::sleep(self.config.executor.pause_min).await;
            // The saga exists, so a log that does not answer leaves a doubt, and not nothing.
            let id = row.id;
            let found = until("the saga log", deadline, self.log.find(id)).await;
            let found = found
                .map_err(|_| RequestError::InDoubt(id))?
                .map_err(|error| {
                    tracing::warn!(saga = %id, %error, "a saga under a known key could not be read");
                    RequestError::InDoubt(id)
                })?;
            row = found.ok_or(RequestError::InDoubt(id))??;
        }
    }

    /// Checks that no saga holds the lock key which this coordinator does not drive: one whose row cannot be read. What the
    /// lookups saw may be its effect, and may be taken back.
    async fn require_unlocked<R: SagaRequest>(
        &self,
        Attempt {
            term,
            lock_key,
            deadline,
            ..
        }: &Attempt<'_, R>,
    ) -> Result<(), RequestError> {
        let holder = self.log.holder(term.epoch, lock_key);
        let holder = in_time("the saga log", *deadline, holder).await?;
        let is_driven = |saga: SagaId| term.executor.registry().get(saga).is_some();
        match holder.filter(|saga| !is_driven(*saga)) {
            Some(other) => Err(self.in_progress(other)),
            None => Ok(()),
        }
    }

    /// Waits until another saga, which holds the lock key, is settled.
    async fn wait_for_other(
        &self,
        term: &Term,
        other: SagaId,
        deadline: Instant,
    ) -> Result<(), RequestError> {
        let Some(progress) = term.executor.registry().get(other) else {
            return Ok(());
        };
        // Its lock is held until its end, also if it is committed already.
        let is_settled = |progress: &SagaProgress| progress.outcome.is_some();
        let settled = wait_until(other, progress, deadline, is_settled).await;
        settled.map(drop).map_err(|_| self.in_progress(other))
    }

    fn in_progress(&self, saga: SagaId) -> RequestError {
        let noun = self.product.noun;
        RequestError::InProgress { saga, noun }
    }
}

/// Waits for something that comes before the request has started anything. If the deadline passes, nothing was done.
async fn in_time<T, E>(
    what: &'static str,
    deadline: Instant,
    waited_for: impl Future<Output = Result<T, E>>,
) -> Result<T, RequestError>
where
    RequestError: From<E>,
{
    let done = until(what, deadline, waited_for).await;
    Ok(done.map_err(|overdue| RequestError::Unavailable(overdue.to_string()))??)
}

/// The outcome of a request that is the first under its key.
fn first<N>(outcome: RequestOutcome<N>) -> Execution<N> {
    Execution {
        outcome,
        is_replay: false,
    }
}

/// Waits until the outcome of the saga is certain.
async fn wait<N>(
    id: SagaId,
    progress: watch::Receiver<SagaProgress>,
    deadline: Instant,
) -> Result<RequestOutcome<N>, RequestError> {
    let outcome = wait_until(id, progress, deadline, SagaProgress::is_certain).await?;
    Ok(RequestOutcome::Settled(id, outcome))
}

/// Waits until the saga has come so far that its outcome is certain.
async fn wait_until(
    id: SagaId,
    mut progress: watch::Receiver<SagaProgress>,
    deadline: Instant,
    is_reached: fn(&SagaProgress) -> bool,
) -> Result<Outcome, RequestError> {
    let reached = progress.wait_for(is_reached);
    match until("the end of the saga", deadline, reached).await {
        Ok(Ok(progress)) => progress.certain_outcome().ok_or(RequestError::Pending(id)),
        // The deadline passed, or the term ended. The saga is in the log, and the next term settles it.
        Err(_) | Ok(Err(_)) => Err(RequestError::Pending(id)),
    }
}
