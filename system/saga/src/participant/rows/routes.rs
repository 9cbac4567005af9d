//! `POST /v1/barrier-rows`: how a service shows its barrier rows to the leader.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::post,
};

use super::{BarrierRow, BarrierRows, handle::invalid};
use crate::{
    http::{Body, Problem, STEPS_BODY_BYTES_MAX},
    protocol::{StepKey, step::BATCH_STEPS_MAX},
};

/// The route `/v1/barrier-rows`.
pub fn routes(rows: BarrierRows) -> Router {
    Router::new()
        .route("/v1/barrier-rows", post(read))
        .layer(DefaultBodyLimit::max(STEPS_BODY_BYTES_MAX))
        .with_state(rows)
}

/// It reads, but takes a body, because a list of 256 steps does not fit a URL.
async fn read(
    State(rows): State<BarrierRows>,
    Body(steps): Body<Vec<StepKey>>,
) -> Result<Json<Vec<Option<BarrierRow>>>, Problem> {
    if steps.is_empty() || steps.len() > BATCH_STEPS_MAX {
        return Err(Problem::invalid("body", "json", invalid(steps.len())));
    }
    Ok(Json(rows.stored(&steps).await?))
}
