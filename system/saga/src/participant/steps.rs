//! `POST /v1/steps`: how a service receives batches of steps from coordinators.
//!
//! The steps that queue while a transaction runs are applied together in the next one, through the barrier (`applier.rs`).

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use futures::FutureExt;

use super::{
    Barrier, Effect, ParticipantClient,
    applier::{Applied, Applier},
    step_notes::StepNotes,
};
use crate::{
    batcher::{BatchItem, BatchLimits, BatchStats, Batcher, BatcherBounds, BatcherError},
    env::Env,
    http::{Body, Problem, STEPS_BODY_BYTES_MAX},
    metrics::Samples,
    protocol::{NoReply, StepReply, StepRequest, step::BATCH_STEPS_MAX},
    store::Database,
};

/// The bounds of the batcher in front of a service's database. One transaction runs at a time, and the next batch gathers
/// during it.
const BOUNDS: BatcherBounds = BatcherBounds {
    queue_max: 1_024,
    batch_max: BATCH_STEPS_MAX,
    in_flight_max: 1,
    overlap_after: Duration::ZERO,
    linger_max: Duration::ZERO,
    on_full: None,
};

/// A coordinator's batch, as an item of the batcher.
pub struct Batch(Vec<StepRequest>);

impl BatchItem for Batch {
    type Answer = Vec<Applied>;

    fn weight(&self) -> usize {
        self.0.len()
    }
}

/// The batcher in front of a service's database. It is also the service's client in the same process.
#[derive(Clone)]
pub struct StepsBatcher(Arc<Shared>);

struct Shared {
    batcher: Batcher<Batch>,
    applier: Arc<Applier>,
    stats: Arc<BatchStats>,
}

impl StepsBatcher {
    /// Adds what is counted of steps and batches.
    pub(super) fn collect(&self, samples: &mut Samples, service: &str) {
        self.0.applier.verdicts.collect(samples, service);
        self.0.stats.collect(samples, "apply", service);
    }
}

/// Starts the batcher of a service.
pub fn batcher(
    database: Database,
    env: Env,
    barrier: Arc<dyn Barrier>,
    effect: Arc<dyn Effect>,
    limits: BatchLimits,
) -> StepsBatcher {
    let service = database.service();
    let applier = Arc::new(Applier::new(database, barrier, effect));
    let (counted, stats) = (Arc::clone(&applier), Arc::new(BatchStats::default()));
    let apply = move |batches: Vec<Batch>| {
        // One time for the whole batch. It is stored with the rows and decides nothing.
        let (applier, now) = (Arc::clone(&applier), env.clock.now());
        let tracer = env.tracer.clone();
        async move {
            let sizes: Vec<usize> = batches.iter().map(|batch| batch.0.len()).collect();
            let steps: Vec<StepRequest> = batches.into_iter().flat_map(|batch| batch.0).collect();
            let notes = StepNotes::begin(&tracer, service, &steps);
            let applied = applier.apply(now, steps).await;
            if let Some(notes) = notes {
                notes.end(&applied);
            }
            of_batches(applied, &sizes)
        }
        .boxed()
    };
    let bounds = limits.of("steps at a participant", BOUNDS);
    StepsBatcher(Arc::new(Shared {
        batcher: Batcher::measured(bounds, Arc::clone(&stats), apply),
        applier: counted,
        stats,
    }))
}

/// The route `/v1/steps`.
pub fn routes(batcher: StepsBatcher) -> Router {
    Router::new()
        .route("/v1/steps", post(steps))
        .layer(DefaultBodyLimit::max(STEPS_BODY_BYTES_MAX))
        .with_state(batcher)
}

/// Steps of several coordinators share a transaction. Each batch gets back as many results as it had steps, in its order.
fn of_batches(applied: Vec<Applied>, sizes: &[usize]) -> Vec<Vec<Applied>> {
    let mut applied = applied.into_iter();
    let results_of_batch = |size: &usize| applied.by_ref().take(*size).collect();
    sizes.iter().map(results_of_batch).collect()
}

/// The replies to send. A step that was not applied has none, and the coordinator sends it again.
fn replies(applied: Vec<Applied>) -> Vec<Option<StepReply>> {
    applied.into_iter().map(Result::ok).collect()
}

#[async_trait]
impl ParticipantClient<StepRequest, Option<StepReply>> for StepsBatcher {
    async fn send(&self, steps: Vec<StepRequest>) -> Result<Vec<Option<StepReply>>, NoReply> {
        let applied = self.0.batcher.call(Batch(steps)).await;
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
    let applied = match batcher.0.batcher.call(Batch(steps)).await {
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
