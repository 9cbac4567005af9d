//! `POST /v1/watermarks`: how a service receives the retention watermark from the leader.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Serialize;

use super::{Raised, Watermark, Watermarks};
use crate::http::{Body, CLIENT_BODY_BYTES_MAX, Problem};

/// The route `/v1/watermarks`.
pub fn routes(watermarks: Watermarks) -> Router {
    Router::new()
        .route("/v1/watermarks", post(raise))
        .layer(DefaultBodyLimit::max(CLIENT_BODY_BYTES_MAX))
        .with_state(watermarks)
}

/// The body of a 409.
#[derive(Serialize)]
struct Refused {
    #[serde(flatten)]
    problem: Problem,
    /// What is stored.
    stored: Watermark,
}

async fn raise(
    State(watermarks): State<Watermarks>,
    Body(watermark): Body<Watermark>,
) -> Result<Response, Problem> {
    check(watermark)?;
    match watermarks.store(watermark).await? {
        Ok(raised) => Ok(Json::<Raised>(raised).into_response()),
        Err(stored) => Ok(refused(watermark, stored)),
    }
}

/// # Errors
/// A 422: no saga belongs to this watermark, or no leader publishes it.
fn check(watermark: Watermark) -> Result<(), Problem> {
    let invalid = |name, reason| Err(Problem::invalid("body", name, reason));
    match watermark {
        Watermark { shard, .. } if shard != 0 => {
            invalid("shard", "must be 0: there is no other shard")
        }
        Watermark { below, .. } if below.0.is_nil() => invalid("below", "must not be the nil id"),
        Watermark { epoch, .. } if epoch.0 < 0 => invalid("epoch", "must not be negative"),
        _ => Ok(()),
    }
}

fn refused(watermark: Watermark, stored: Watermark) -> Response {
    let what = match watermark.epoch < stored.epoch {
        true => "comes from a leader that was replaced",
        false => "would go back",
    };
    let detail = format!(
        "The watermark {} of epoch {} {what}: {} of epoch {} is stored. Nothing was changed.",
        watermark.below, watermark.epoch, stored.below, stored.epoch,
    );
    let title = "The watermark would go back";
    let problem = Problem::new(StatusCode::CONFLICT, "watermark-refused", title, detail);
    let mut response = (StatusCode::CONFLICT, Json(Refused { problem, stored })).into_response();
    let content_type = HeaderValue::from_static("application/problem+json");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}
