//! `POST /v1/lookups`: what the coordinator reads before a saga, for example whether an article exists.
//!
//! Lookups travel in batches like steps: a list of lookups in, a list of results out, in order.
//!
//! They say what was true at one moment. They can spare a saga that would do nothing. An action relies on none of
//! them and checks again in its own transaction.

use std::sync::Arc;

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::post,
};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use super::ParticipantClient;
use crate::{
    http::{Body, Problem, STEPS_BODY_BYTES_MAX},
    protocol::{NoReply, step::BATCH_STEPS_MAX},
    store::StoreError,
};

/// Executes a batch of lookups and returns one result each, in order.
pub type LookupHandler<Q, A> =
    Arc<dyn Fn(Vec<Q>) -> BoxFuture<'static, Result<Vec<A>, StoreError>> + Send + Sync>;

/// The route `/v1/lookups`.
pub fn routes<Q, A>(handler: LookupHandler<Q, A>) -> Router
where
    Q: DeserializeOwned + Send + 'static,
    A: Serialize + 'static,
{
    Router::new()
        .route("/v1/lookups", post(lookups::<Q, A>))
        .layer(DefaultBodyLimit::max(STEPS_BODY_BYTES_MAX))
        .with_state(handler)
}

/// The client of lookups in the same process.
pub struct InProcessLookups<Q, A>(pub LookupHandler<Q, A>);

#[async_trait]
impl<Q, A> ParticipantClient<Q, A> for InProcessLookups<Q, A>
where
    Q: Send + 'static,
    A: Send + 'static,
{
    async fn send(&self, lookups: Vec<Q>) -> Result<Vec<A>, NoReply> {
        let results = (self.0)(lookups).await;
        results.map_err(|error| NoReply(error.to_string()))
    }
}

/// A lookup changes nothing, so a failed batch is simply a failure. Nothing is in doubt after it.
async fn lookups<Q, A>(
    State(handler): State<LookupHandler<Q, A>>,
    Body(lookups): Body<Vec<Q>>,
) -> Result<Json<Vec<A>>, Problem>
where
    Q: DeserializeOwned + Send + 'static,
    A: Serialize + 'static,
{
    if lookups.is_empty() || lookups.len() > BATCH_STEPS_MAX {
        let reason = format!(
            "must be a list of 1 to {BATCH_STEPS_MAX} lookups, has {}",
            lookups.len()
        );
        return Err(Problem::invalid("body", "json", reason));
    }
    Ok(Json(handler(lookups).await?))
}
