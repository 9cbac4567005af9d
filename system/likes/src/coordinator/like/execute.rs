//! Executes a like request: key, checks, saga, wait.

use likewise_saga::{
    bound::until,
    executor::{SagaProgress, Started},
    id::SagaId,
    log::{NewSaga, StoredSaga},
};
use tokio::{sync::watch, time::Instant};

use super::{
    admission::Admission,
    outcome::{LikeError, LikeOutcome, NoOp},
    request::{LikeAction, LikeRequest},
};
use crate::{
    coordinator::{instance::Coordinator, leadership::Term, like_saga::LikeSaga},
    id::RecordId,
};

/// The number of attempts of one request. Each attempt after the first follows the end of another saga
/// for the same user and article.
const ATTEMPTS_MAX: u32 = 5;

impl Coordinator {
    /// Executes a request, once per idempotency key.
    ///
    /// # Errors
    /// [`LikeError`]; each variant says what may have been done.
    ///
    /// # Cancel safety
    /// Dropping the future leaves a started saga running.
    pub(super) async fn execute(&self, request: &LikeRequest) -> Result<LikeOutcome, LikeError> {
        let deadline = Instant::now() + self.config.answer_timeout;
        let lock_key = (self.lock_key)(request);
        let term = self.leadership.term().ok_or_else(LikeError::not_leader)?;
        let _admission = Admission::acquire(&term, &lock_key, deadline).await?;
        for _ in 0..ATTEMPTS_MAX {
            let outcome = self.attempt(&term, request, &lock_key, deadline).await?;
            if let Some(outcome) = outcome {
                return Ok(outcome);
            }
        }
        Err(LikeError::Unavailable(
            "another change of this like took its place again and again".to_owned(),
        ))
    }

    /// One attempt. `None`: another saga for the same user and article had to end first; try again.
    async fn attempt(
        &self,
        term: &Term,
        request: &LikeRequest,
        lock_key: &str,
        deadline: Instant,
    ) -> Result<Option<LikeOutcome>, LikeError> {
        if let Some(key) = request.request_key()
            && let Some(stored) =
                in_time("the saga log", deadline, self.log.find_by_key(&key)).await?
        {
            return self.join(term, request, stored, deadline).await.map(Some);
        }
        // A saga whose client has left, or a recovered one.
        if let Some(other) = term.executor.registry().holder(lock_key) {
            wait_for_other(term, other, deadline).await?;
            return Ok(None);
        }
        let no_op = in_time("the check of both services", deadline, self.check(request)).await?;
        // With a key, even "nothing to do" is logged, which proves the epoch. Without a key, it rests on
        // lookups alone.
        if let (Some(no_op), None) = (&no_op, &request.key) {
            in_time("the saga log", deadline, term.verify_epoch()).await?;
            return Ok(Some(LikeOutcome::NoOp(no_op.clone())));
        }
        self.run_saga(term, request, no_op, deadline).await
    }

    /// Asks both services concurrently whether there is anything to do.
    async fn check(&self, request: &LikeRequest) -> Result<Option<NoOp>, LikeError> {
        let article = self.participants.article_exists(request.article);
        let record = self.participants.like_record(request.user, request.article);
        let (exists, record) = futures::try_join!(article, record)?;
        Ok(match (exists, record, request.action) {
            (false, ..) => Some(NoOp::NoArticle),
            (_, Some(record), LikeAction::Like | LikeAction::KeepLiked) => {
                Some(NoOp::Liked(record))
            }
            (_, None, LikeAction::Unlike) => Some(NoOp::NotLiked),
            _ => None,
        })
    }

    /// Logs the saga, or the fact that none is needed, and waits until it is settled.
    async fn run_saga(
        &self,
        term: &Term,
        request: &LikeRequest,
        no_op: Option<NoOp>,
        deadline: Instant,
    ) -> Result<Option<LikeOutcome>, LikeError> {
        let saga = self.new_saga(request, no_op.as_ref());
        let id = saga.id;
        // If the deadline passes, the start continues in a task of the executor.
        let started = until(
            "the start of the saga",
            deadline,
            term.executor.begin(saga, self.start_task),
        )
        .await;
        let started = started.map_err(|_| LikeError::InDoubt(id))?;
        match started.map_err(|error| LikeError::of_start(error, id))? {
            Started::Running(progress, _guard) => wait(id, progress, deadline).await.map(Some),
            Started::Settled => no_op
                .map(|no_op| Some(LikeOutcome::NoOp(no_op)))
                .ok_or(LikeError::InDoubt(id)),
            Started::Joined(stored) => self.join(term, request, *stored, deadline).await.map(Some),
            // The other saga is settled, but its last status change is not in the log yet.
            Started::Locked(other) if term.executor.registry().get(other).is_some() => Ok(None),
            // Another coordinator drives the other saga, or did. The next scan will find it.
            Started::Locked(other) => Err(LikeError::InProgress(other)),
        }
    }

    fn new_saga(&self, request: &LikeRequest, no_op: Option<&NoOp>) -> NewSaga {
        let now = self.env.clock.now();
        let saga = match request.action {
            LikeAction::Like | LikeAction::KeepLiked => {
                let record = RecordId(self.env.uuid());
                LikeSaga::like(request.user, request.article, record, now)
            }
            LikeAction::Unlike => LikeSaga::Unlike {
                user_id: request.user,
                article_id: request.article,
            },
        };
        let (kind, args) = saga.stored();
        NewSaga {
            id: SagaId(self.env.uuid()),
            kind,
            args,
            lock_key: (self.lock_key)(request),
            request_key: request.request_key(),
            fingerprint: request.fingerprint(),
            deadline_at: now.plus(self.config.saga_deadline),
            settled: no_op.map(NoOp::outcome),
        }
    }

    /// Replies with the outcome of the saga under the same idempotency key, and waits for it if needed.
    async fn join(
        &self,
        term: &Term,
        request: &LikeRequest,
        stored: StoredSaga,
        deadline: Instant,
    ) -> Result<LikeOutcome, LikeError> {
        let mut row = stored?;
        if !request.is_stored_as(row.fingerprint) {
            return Err(LikeError::KeyReused);
        }
        loop {
            if let Some(outcome) = row.outcome.filter(|_| !row.status.is_open()) {
                return Ok(LikeOutcome::of(row.id, outcome));
            }
            if let Some(progress) = term.executor.registry().get(row.id) {
                return wait(row.id, progress, deadline).await;
            }
            // The saga has just ended, or a scan has not reached it yet. Read the row again.
            if Instant::now() >= deadline {
                return Err(LikeError::InDoubt(row.id));
            }
            tokio::time::sleep(self.config.executor.pause_min).await;
            // The saga exists, so a log that does not answer leaves a doubt, and not nothing.
            let id = row.id;
            let found = until("the saga log", deadline, self.log.find(id)).await;
            let found = found.map_err(|_| LikeError::InDoubt(id))?.map_err(|error| {
                tracing::warn!(saga = %id, %error, "a saga under a known key could not be read");
                LikeError::InDoubt(id)
            })?;
            row = found.ok_or(LikeError::InDoubt(id))??;
        }
    }
}

/// Waits for something that comes before the request has started anything. If the deadline passes, nothing was done.
async fn in_time<T, E>(
    what: &'static str,
    deadline: Instant,
    waited_for: impl Future<Output = Result<T, E>>,
) -> Result<T, LikeError>
where
    LikeError: From<E>,
{
    let done = until(what, deadline, waited_for).await;
    Ok(done.map_err(|overdue| LikeError::Unavailable(overdue.to_string()))??)
}

/// Waits until the saga is settled.
async fn wait(
    id: SagaId,
    mut progress: watch::Receiver<SagaProgress>,
    deadline: Instant,
) -> Result<LikeOutcome, LikeError> {
    let settled = progress.wait_for(|progress| progress.outcome.is_some());
    match until("the end of the saga", deadline, settled).await {
        Ok(Ok(progress)) => progress
            .outcome
            .clone()
            .map(|outcome| LikeOutcome::of(id, outcome))
            .ok_or(LikeError::InDoubt(id)),
        // The deadline passed, or the term ended.
        Err(_) | Ok(Err(_)) => Err(LikeError::InDoubt(id)),
    }
}

/// Waits until another saga, which holds the lock on the user and the article, is settled.
async fn wait_for_other(term: &Term, other: SagaId, deadline: Instant) -> Result<(), LikeError> {
    let Some(progress) = term.executor.registry().get(other) else {
        return Ok(());
    };
    let settled = wait(other, progress, deadline).await;
    settled.map(drop).map_err(|_| LikeError::InProgress(other))
}
