//! `POST /v1/steps`: how a service takes the coordinator's batches.
//!
//! What queued while the last transaction ran is applied in the next one, through the barrier. If
//! one step cannot be applied, the others are all the same: the batch is halved until it is alone.

use std::sync::Arc;

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
    protocol::{StepReply, StepRequest, Unanswered, step::BATCH_STEPS_MAX},
    store::{Database, StoreError},
    time::Timestamp,
};

/// Bounds of the lane in front of a service's database.
const BOUNDS: BatcherBounds = BatcherBounds {
    queue_max: 1_024,
    batch_max: BATCH_STEPS_MAX,
    in_flight_max: 1,
    overlap_after: std::time::Duration::ZERO,
    linger_max: std::time::Duration::ZERO,
};

/// A batch on its way to the database.
pub struct Batch(Vec<StepRequest>);

impl BatchItem for Batch {
    type Answer = Vec<Applied>;

    fn weight(&self) -> usize {
        self.0.len()
    }
}

/// What became of one step.
type Applied = Result<StepReply, Arc<StoreError>>;

/// The lane in front of a service's database.
#[derive(Clone)]
pub struct StepsBatcher(Arc<Batcher<Batch>>);

/// Starts the lane, over a barrier and the service's effects.
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
    StepsBatcher(Arc::new(Batcher::start(
        BOUNDS,
        move |batches: Vec<Batch>| {
            let (applier, now) = (Arc::clone(&applier), env.clock.now());
            async move {
                let sizes: Vec<usize> = batches.iter().map(|batch| batch.0.len()).collect();
                let steps: Vec<StepRequest> =
                    batches.into_iter().flat_map(|batch| batch.0).collect();
                let mut applied = applier.apply(now, steps).await.into_iter();
                let deal = |size: &usize| applied.by_ref().take(*size).collect();
                sizes.iter().map(deal).collect()
            }
            .boxed()
        },
    )))
}

/// The route to it.
pub fn routes(batcher: StepsBatcher) -> Router {
    Router::new()
        .route("/v1/steps", post(steps))
        .layer(DefaultBodyLimit::max(STEPS_BODY_BYTES_MAX))
        .with_state(batcher)
}

/// What steps are applied with.
struct Applier {
    database: Database,
    barrier: Arc<dyn Barrier>,
    effect: Arc<dyn Effect>,
}

impl Applier {
    /// Applies steps: what one statement can in that, the others in a transaction.
    async fn apply(&self, now: Timestamp, steps: Vec<StepRequest>) -> Vec<Applied> {
        let (database, effect) = (&self.database, self.effect.as_ref());
        let at_once = self.barrier.apply_single(database, effect, now, &steps);
        let replies = match at_once.await {
            Ok(replies) => replies,
            Err(error) => return failed(&steps, error),
        };
        let left = steps.into_iter().zip(&replies);
        let left: Arc<[StepRequest]> = left
            .filter(|(_, reply)| reply.is_none())
            .map(|(step, _)| step)
            .collect();
        let mut left = match left.is_empty() {
            true => Vec::new(),
            false => self.apply_in_steps(now, left).await,
        }
        .into_iter();
        let reply = |reply: Option<StepReply>| reply.map(Ok).or_else(|| left.next());
        replies.into_iter().filter_map(reply).collect()
    }

    /// Applies steps in one transaction; in two, if one of them keeps the others from it.
    fn apply_in_steps(
        &self,
        now: Timestamp,
        steps: Arc<[StepRequest]>,
    ) -> BoxFuture<'_, Vec<Applied>> {
        async move {
            let error = match self.apply_whole(now, Arc::clone(&steps)).await {
                Ok(replies) => return replies.into_iter().map(Ok).collect(),
                Err(error) => error,
            };
            if steps.len() > 1 && error.may_be_one_item() {
                tracing::warn!(%error, steps = steps.len(), "a batch of steps is tried in halves");
                let (first, second) = steps.split_at(steps.len() / 2);
                let mut applied = self.apply_in_steps(now, Arc::from(first)).await;
                applied.extend(self.apply_in_steps(now, Arc::from(second)).await);
                return applied;
            }
            failed(&steps, error)
        }
        .boxed()
    }

    async fn apply_whole(
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

/// What was applied of none of them.
fn failed(steps: &[StepRequest], error: StoreError) -> Vec<Applied> {
    tracing::warn!(%error, steps = steps.len(), "steps were not applied");
    let error = Arc::new(error);
    steps.iter().map(|_| Err(Arc::clone(&error))).collect()
}

/// Of a step that was not applied nothing is said: it is to be asked for again.
fn said(applied: Vec<Applied>) -> Vec<Option<StepReply>> {
    applied.into_iter().map(Result::ok).collect()
}

/// The way there in one process.
#[async_trait]
impl ParticipantClient<StepRequest, Option<StepReply>> for StepsBatcher {
    async fn ask(&self, steps: Vec<StepRequest>) -> Result<Vec<Option<StepReply>>, Unanswered> {
        let applied = self.0.call(Batch(steps)).await;
        applied
            .map(said)
            .map_err(|error| Unanswered(error.to_string()))
    }
}

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
    if applied.iter().all(Result::is_err) {
        return Err(Problem::unavailable(
            "The batch was not confirmed; ask again.",
        ));
    }
    let replies = said(applied);
    let status = match replies.contains(&Some(StepReply::Mismatch)) {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    Ok((status, Json(replies)).into_response())
}
