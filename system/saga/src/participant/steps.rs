//! `POST /v1/steps`: how a service receives batches of steps from coordinators.
//!
//! The steps that queue while a transaction runs are applied together in the next one, through the barrier. If one step cannot
//! be applied, the others still are: the batch is halved until the failing step is alone. A database that is unavailable fails
//! every step alike, so then the batch is not halved.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use futures::{FutureExt, future::BoxFuture};

use super::{Barrier, Effect, ParticipantClient};
use crate::{
    batcher::{BatchItem, Batcher, BatcherBounds, BatcherError},
    env::Env,
    http::{Body, Problem, STEPS_BODY_BYTES_MAX},
    protocol::{NoReply, StepReply, StepRequest, step::BATCH_STEPS_MAX},
    store::{Database, StoreError},
    time::Timestamp,
};

/// The bounds of the batcher in front of a service's database. One transaction runs at a time, and the next batch gathers
/// during it.
const BOUNDS: BatcherBounds = BatcherBounds {
    queue_max: 1_024,
    batch_max: BATCH_STEPS_MAX,
    in_flight_max: 1,
    overlap_after: Duration::ZERO,
    linger_max: Duration::ZERO,
};

/// A coordinator's batch, as an item of the batcher.
pub struct Batch(Vec<StepRequest>);

impl BatchItem for Batch {
    type Answer = Vec<Applied>;

    fn weight(&self) -> usize {
        self.0.len()
    }
}

/// The result of one step.
///
/// One error may concern many steps, so it is shared.
type Applied = Result<StepReply, Arc<StoreError>>;

/// The batcher in front of a service's database. It is also the service's client in the same process.
#[derive(Clone)]
pub struct StepsBatcher(Arc<Batcher<Batch>>);

/// Starts the batcher of a service.
pub fn batcher(
    database: Database,
    env: Env,
    barrier: Arc<dyn Barrier>,
    effect: Arc<dyn Effect>,
) -> StepsBatcher {
    let applier = Arc::new(Applier {
        database,
        barrier,
        effect,
    });
    let apply = move |batches: Vec<Batch>| {
        // One time for the whole batch. It is stored with the rows and decides nothing.
        let (applier, now) = (Arc::clone(&applier), env.clock.now());
        async move { applier.apply_batches(now, batches).await }.boxed()
    };
    StepsBatcher(Arc::new(Batcher::start(BOUNDS, apply)))
}

/// The route `/v1/steps`.
pub fn routes(batcher: StepsBatcher) -> Router {
    Router::new()
        .route("/v1/steps", post(steps))
        .layer(DefaultBodyLimit::max(STEPS_BODY_BYTES_MAX))
        .with_state(batcher)
}

/// Applies steps to the database of a service.
struct Applier {
    database: Database,
    barrier: Arc<dyn Barrier>,
    effect: Arc<dyn Effect>,
}

impl Applier {
    /// Applies several coordinators' batches together. Returns the results of each.
    ///
    /// Steps of several coordinators share a transaction. Each batch gets back as many results as it had steps, in
    /// its order.
    async fn apply_batches(&self, now: Timestamp, batches: Vec<Batch>) -> Vec<Vec<Applied>> {
        let sizes: Vec<usize> = batches.iter().map(|batch| batch.0.len()).collect();
        let steps: Vec<StepRequest> = batches.into_iter().flat_map(|batch| batch.0).collect();
        let mut applied = self.apply(now, steps).await.into_iter();
        let results_of_batch = |size: &usize| applied.by_ref().take(*size).collect();
        sizes.iter().map(results_of_batch).collect()
    }

    /// Applies those steps that one statement can execute with it, and the others in a transaction.
    async fn apply(&self, now: Timestamp, steps: Vec<StepRequest>) -> Vec<Applied> {
        let (database, effect) = (&self.database, self.effect.as_ref());
        let single = self.barrier.apply_single(database, effect, now, &steps);
        let replies = match single.await {
            Ok(replies) => replies,
            Err(error) => return all_failed(&steps, error),
        };
        let rest = steps.into_iter().zip(&replies);
        let rest: Arc<[StepRequest]> = rest
            .filter(|(_, reply)| reply.is_none())
            .map(|(step, _)| step)
            .collect();
        let mut rest = match rest.is_empty() {
            true => Vec::new(),
            false => self.apply_in_transactions(now, rest).await,
        }
        .into_iter();
        let result = |reply: Option<StepReply>| reply.map(Ok).or_else(|| rest.next());
        replies.into_iter().filter_map(result).collect()
    }

    /// Applies steps in one transaction. If one of them makes it fail, applies each half separately.
    ///
    /// Halving finds one failing step among 256 with 16 more transactions. Step by step it would take 256.
    fn apply_in_transactions(
        &self,
        now: Timestamp,
        steps: Arc<[StepRequest]>,
    ) -> BoxFuture<'_, Vec<Applied>> {
        async move {
            let error = match self.apply_in_transaction(now, Arc::clone(&steps)).await {
                Ok(replies) => return replies.into_iter().map(Ok).collect(),
                Err(error) => error,
            };
            if steps.len() > 1 && error.may_be_one_item() {
                tracing::warn!(%error, steps = steps.len(), "a batch of steps failed; applying its halves");
                let (first, second) = steps.split_at(steps.len() / 2);
                let mut applied = self.apply_in_transactions(now, Arc::from(first)).await;
                applied.extend(self.apply_in_transactions(now, Arc::from(second)).await);
                return applied;
            }
            all_failed(&steps, error)
        }
        .boxed()
    }

    async fn apply_in_transaction(
        &self,
        now: Timestamp,
        steps: Arc<[StepRequest]>,
    ) -> Result<Vec<StepReply>, StoreError> {
        let (barrier, effect) = (Arc::clone(&self.barrier), Arc::clone(&self.effect));
        self.database
            .write("steps", move |tx| {
                async move { barrier.apply(tx, effect.as_ref(), now, &steps).await }.boxed()
            })
            .await
    }
}

/// The results of steps of which none was applied.
fn all_failed(steps: &[StepRequest], error: StoreError) -> Vec<Applied> {
    tracing::warn!(%error, steps = steps.len(), "steps were not applied");
    let error = Arc::new(error);
    steps.iter().map(|_| Err(Arc::clone(&error))).collect()
}

/// The replies to send. A step that was not applied has none, and the coordinator sends it again.
fn replies(applied: Vec<Applied>) -> Vec<Option<StepReply>> {
    applied.into_iter().map(Result::ok).collect()
}

#[async_trait]
impl ParticipantClient<StepRequest, Option<StepReply>> for StepsBatcher {
    async fn send(&self, steps: Vec<StepRequest>) -> Result<Vec<Option<StepReply>>, NoReply> {
        let applied = self.0.call(Batch(steps)).await;
        applied
            .map(replies)
            .map_err(|error| NoReply(error.to_string()))
    }
}

/// If some steps were applied and others not, the reply is a success with gaps. The coordinator repeats only the
/// steps in the gaps.
async fn steps(
    State(batcher): State<StepsBatcher>,
    Body(steps): Body<Vec<StepRequest>>,
) -> Result<Response, Problem> {
    if steps.is_empty() || steps.len() > BATCH_STEPS_MAX {
        let reason = format!(
            "must be a list of 1 to {BATCH_STEPS_MAX} steps, has {}",
            steps.len()
        );
        return Err(Problem::invalid("body", "json", reason));
    }
    let applied = match batcher.0.call(Batch(steps)).await {
        Ok(applied) => applied,
        Err(BatcherError::Full) => {
            return Err(Problem::unavailable("Too many batches are waiting."));
        }
        Err(BatcherError::Closed) => return Err(Problem::unavailable("The service is stopping.")),
    };
    // A list without any reply would be a success that says nothing.
    if applied.iter().all(Result::is_err) {
        return Err(Problem::unavailable(
            "The batch was not confirmed; send it again.",
        ));
    }
    let replies = replies(applied);
    let status = match replies.contains(&Some(StepReply::Mismatch)) {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    Ok((status, Json(replies)).into_response())
}
