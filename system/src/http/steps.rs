//! `POST /v1/steps`: how a service takes the coordinator's batches.
//!
//! What queued while the last transaction ran is applied in the next one, through the barrier.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use futures::FutureExt;

use super::{Body, Problem, STEPS_BODY_BYTES_MAX};
use crate::{
    barrier::{Barrier, Effect},
    edges::Edges,
    lane::{Lane, LaneBounds, LaneError, LaneItem},
    saga::step::{BATCH_STEPS_MAX, StepReply, StepRequest},
    store::{Database, StoreError},
};

/// Bounds of the lane in front of a service's database.
const BOUNDS: LaneBounds = LaneBounds {
    queue_max: 1_024,
    batch_max: BATCH_STEPS_MAX,
    in_flight_max: 1,
    patience: std::time::Duration::ZERO,
};

/// A batch on its way to the database.
pub(crate) struct Batch(Vec<StepRequest>);

impl LaneItem for Batch {
    type Answer = Result<Vec<StepReply>, Arc<StoreError>>;

    fn weight(&self) -> usize {
        self.0.len()
    }
}

/// The lane in front of a service's database.
pub(crate) type StepsLane = Arc<Lane<Batch>>;

/// The route, over a barrier and the service's effects.
pub(crate) fn routes(
    database: Database,
    edges: Edges,
    barrier: Arc<dyn Barrier>,
    effect: Arc<dyn Effect>,
) -> Router {
    let lane: StepsLane = Arc::new(Lane::start(BOUNDS, move |batches: Vec<Batch>| {
        let (database, now) = (database.clone(), edges.clock.now());
        let (barrier, effect) = (Arc::clone(&barrier), Arc::clone(&effect));
        async move {
            let sizes: Vec<usize> = batches.iter().map(|batch| batch.0.len()).collect();
            let steps: Vec<StepRequest> = batches.into_iter().flat_map(|batch| batch.0).collect();
            let applied = database
                .write("steps", move |tx| {
                    async move { barrier.apply(tx, effect.as_ref(), now, &steps).await }.boxed()
                })
                .await;
            deal(applied, &sizes)
        }
        .boxed()
    }));
    Router::new()
        .route("/v1/steps", post(steps))
        .layer(DefaultBodyLimit::max(STEPS_BODY_BYTES_MAX))
        .with_state(lane)
}

/// Deals the replies of one transaction out to the batches that went into it.
fn deal(
    applied: Result<Vec<StepReply>, StoreError>,
    sizes: &[usize],
) -> Vec<Result<Vec<StepReply>, Arc<StoreError>>> {
    match applied {
        Ok(replies) => {
            let mut replies = replies.into_iter();
            sizes
                .iter()
                .map(|size| Ok(replies.by_ref().take(*size).collect()))
                .collect()
        }
        Err(error) => {
            let error = Arc::new(error);
            sizes.iter().map(|_| Err(Arc::clone(&error))).collect()
        }
    }
}

async fn steps(
    State(lane): State<StepsLane>,
    Body(steps): Body<Vec<StepRequest>>,
) -> Result<Response, Problem> {
    if steps.is_empty() || steps.len() > BATCH_STEPS_MAX {
        let reason = format!(
            "must be a list of 1 to {BATCH_STEPS_MAX} steps, has {}",
            steps.len()
        );
        return Err(Problem::invalid("body", "json", reason));
    }
    let replies = match lane.call(Batch(steps)).await {
        Ok(Ok(replies)) => replies,
        Ok(Err(error)) => {
            tracing::warn!(%error, "a batch of steps was not applied");
            return Err(Problem::unavailable(
                "The batch was not confirmed; ask again.",
            ));
        }
        Err(LaneError::Full) => return Err(Problem::unavailable("Too many batches are waiting.")),
        Err(LaneError::Ended) => return Err(Problem::unavailable("The service is stopping.")),
    };
    let status = match replies.contains(&StepReply::Mismatch) {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    Ok((status, Json(replies)).into_response())
}
